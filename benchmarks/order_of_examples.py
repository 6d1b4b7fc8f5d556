"""What the final loss of the independent study's baseline depends on: `python benchmarks/order_of_examples.py MNIST`.

The study's network 784-200-30-10 in plain PyTorch, 5000 iterations of Adam, with the examples in several orders and
with pixels standardised; of each the final loss on the test set, the lowest one, and its iteration, over six seeds.
"""

import statistics
import sys

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from tombola.data import load

KINDS = ("reshuffled", "one order", "with replacement", "order of the file", "standardised")
ITERATIONS, BATCH, EVERY = 5000, 60, 100


def prepared(images: Tensor, kind: str) -> Tensor:
    """Pixels in [0, 1], or with mean 0 and deviation 1."""
    pixels = images.flatten(1).float() / 255
    return (pixels - 0.1307) / 0.3081 if kind == "standardised" else pixels


def order(kind: str, count: int, fixed: Tensor) -> Tensor:
    """The examples of one epoch."""
    if kind == "one order":
        return fixed
    if kind == "with replacement":
        return torch.randint(0, count, (count,))
    return torch.arange(count) if kind == "order of the file" else torch.randperm(count)


def losses(folder: str, kind: str, seed: int) -> list[float]:
    """The test loss every 100 iterations."""
    data = load(folder)
    assert data.test is not None
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 30), nn.ReLU(), nn.Linear(30, 10))
    optimizer = torch.optim.Adam(network.parameters(), lr=1.2e-3)
    inputs, test = prepared(data.train.inputs, kind), prepared(data.test.inputs, kind)
    fixed, found, step = torch.randperm(len(inputs)), list[float](), 0
    while step < ITERATIONS:
        for batch in order(kind, len(inputs), fixed).split(BATCH)[: ITERATIONS - step]:
            optimizer.zero_grad()
            cross_entropy(network(inputs[batch]), data.train.targets[batch]).backward()
            optimizer.step()
            step += 1
            if step % EVERY == 0:
                with torch.no_grad():
                    found.append(cross_entropy(network(test), data.test.targets).item())
    return found


def main(folder: str) -> None:
    """Print one line a kind."""
    for kind in KINDS:
        runs = [losses(folder, kind, seed) for seed in range(6)]
        columns = (
            [run[-1] for run in runs],
            [min(run) for run in runs],
            [EVERY * (1 + run.index(min(run))) for run in runs],
        )
        print(
            kind,
            *(f"{statistics.fmean(column):.4g} ± {statistics.stdev(column):.2g}" for column in columns),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1])
