"""Two processes that average gradients end with one mask, the one that a single process finds."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, sys
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from tombola.subnetwork import Subnetwork, TopCounts, TopScores, prunable_layout

torch.set_num_threads(1)

def make():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    layout = prunable_layout(model)
    return Subnetwork(model, TopScores(layout, TopCounts(layout.sizes, (40, 20)), torch.randn(layout.total)))

def train(network, batches, average):
    inner = getattr(network, "module", network)
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.5, momentum=0.9)
    for parts in batches:
        optimizer.zero_grad()
        for inputs, targets in parts:
            (nn.functional.cross_entropy(network(inputs), targets) / average).backward()
        optimizer.step()
    return inner

rank, folder = int(sys.argv[1]), sys.argv[2]
torch.manual_seed(1)
data = [[(torch.randn(8, 6), torch.randint(0, 3, (8,))) for _ in range(2)] for _ in range(6)]
begun = make().mask
alone = train(make(), data, 2)
dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
shared = train(DistributedDataParallel(make()), [[parts[rank]] for parts in data], 1)
masks = [None, None]
dist.all_gather_object(masks, shared.mask.digest())
same = masks[0] == masks[1] == alone.mask.digest() != begun.digest()
close = torch.allclose(shared.selector.scores, alone.selector.scores, atol=1e-6)
print("same" if same and close else f"differ {masks} {close}")
dist.barrier()
dist.destroy_process_group()
sys.stdout.flush()
os._exit(0)  # gloo's threads can abort an ordinary exit
"""


def test_two_processes_find_the_same_mask_as_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT]
    processes = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for rank in range(2)
    ]
    said = [process.communicate(timeout=120) for process in processes]
    assert [out.strip() for out, _ in said] == ["same", "same"], said
