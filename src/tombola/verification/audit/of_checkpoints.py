"""The check of a run's checkpoints: did removed weights stay zero while the others were trained?"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from tombola.errors import RunFolderError
from tombola.masks import Mask
from tombola.ticket import load
from tombola.training import RunFolder
from tombola.verification.audit.audited import ALONE, Audited
from tombola.verification.audit.finding import Answer

NETWORK, OPTIMIZER = "network/", "optimizer/"
FLAT = "network/weights"  # all masked weights in one tensor, as a `Subnetwork` holds them

Shapes = Mapping[str, tuple[int, ...]]


def checkpoints(audited: Audited) -> Answer:
    """In every checkpoint of a training under a mask, removed weights and all the optimiser holds of them are zero.

    The mask of `checkpoint/ticket` is that of `ticket`; of `checkpoint/level-NN`, of `levels/NN/ticket`.
    """
    run = audited.run
    if run is None:
        return None, ALONE
    files = [file for file in sorted(run.path.glob("checkpoint/**/state.safetensors")) if file.is_file()]
    tickets = {file: ticket for file in files if (ticket := _ticket_of(run, file)) is not None}
    if not tickets:
        return None, f"none of {len(files)} checkpoints goes with the mask of a ticket"
    problems, looked_at = [], {NETWORK: 0, OPTIMIZER: 0}
    for file, ticket in tickets.items():
        for name, nonzero in _at_removed(file, load(ticket).mask, audited):
            looked_at[NETWORK if name.startswith(NETWORK) else OPTIMIZER] += 1
            if nonzero:
                problems.append(f"{nonzero:,} removed weights are not zero in {name} of {file.relative_to(run.path)}")
    counted = (
        f"looked at {looked_at[NETWORK]} tensors of weights and {looked_at[OPTIMIZER]} of the optimiser "
        f"in {len(tickets)} checkpoints; {len(files) - len(tickets)} others go with no mask"
    )
    unseen = [] if looked_at[OPTIMIZER] or audited.network is not None else ["those of the optimiser need a model"]
    return not problems, "; ".join([*problems[:3], counted, *unseen])


def _ticket_of(run: RunFolder, file: Path) -> Path | None:
    """The ticket whose mask the checkpoint's training was under, if there is one."""
    training = file.parent.relative_to(run.checkpoints).as_posix()
    level = re.fullmatch(r"level-(\d+)", training)
    ticket = run.levels / level[1] / "ticket" if level else run.ticket
    return ticket if (level or training == "ticket") and ticket.is_file() else None


def _at_removed(file: Path, mask: Mask, audited: Audited) -> Iterator[tuple[str, int]]:
    """Name of each tensor that the mask is about, and how many of its numbers at removed places are not zero.

    Raises:
        RunFolderError: where the file cannot be read, or does not hold the mask's weights.
    """
    try:
        with safe_open(file, framework="pt") as opened:
            shapes = {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()}  # noqa: SIM118
            of_network = _removed(mask, shapes)
            if wrong := [name for name, removed in of_network.items() if shapes.get(name) != removed.shape]:
                raise RunFolderError(f"{file} holds no {wrong[0]} of the shape that its mask has")
            for name, removed in (of_network | _removed_of_optimizer(of_network, shapes, audited)).items():
                yield name, int(torch.count_nonzero(opened.get_tensor(name)[removed]))
    except (OSError, SafetensorError) as error:
        raise RunFolderError(f"cannot read {file}: {error}") from error


def _removed(mask: Mask, shapes: Shapes) -> dict[str, Tensor]:
    """Tensor of the network -> where its weights are removed."""
    if shapes.get(FLAT) == (mask.numel(),):
        return {FLAT: torch.cat([~kept.reshape(-1) for kept in mask.values()])}
    return {NETWORK + name: ~kept for name, kept in mask.items()}


def _removed_of_optimizer(of_network: Mapping[str, Tensor], shapes: Shapes, audited: Audited) -> dict[str, Tensor]:
    """Tensor of the optimiser -> where its weights are removed; none of scalars and of other weights."""
    held = [name for name in shapes if name.startswith(OPTIMIZER)]
    if FLAT in of_network:
        return {name: of_network[FLAT] for name in held if shapes[name] == of_network[FLAT].shape}
    if not held or audited.network is None:
        return {}
    # The optimiser counts the parameters that are trained, which are those that a checkpoint holds.
    parameters = [NETWORK + name for name, _ in audited.network.named_parameters()]
    trained = dict(enumerate(name for name in parameters if name in shapes))
    owners = {name: trained.get(int(name.split("/")[1]), "") for name in held}
    return {
        name: of_network[owner]
        for name, owner in owners.items()
        if owner in of_network and shapes[name] == of_network[owner].shape
    }
