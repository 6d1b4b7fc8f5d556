"""Checks of the network that a ticket builds."""

import torch
from torch import nn

from tombola.subnetwork import canonical_tensors
from tombola.verification.audit.audited import Audited
from tombola.verification.audit.finding import Answer


def pruned_weights(audited: Audited) -> Answer:
    """Every removed weight of the network is exactly zero."""
    network, mask = audited.network, audited.ticket.mask
    if network is None:
        return None, _unknown(audited)
    tensors = canonical_tensors(network)
    wrong = {name: int(torch.count_nonzero(tensors[name].cpu()[~kept])) for name, kept in mask.items()}
    if total := sum(wrong.values()):
        first = next(name for name, count in wrong.items() if count)
        return False, f"{total:,} removed weights are not zero, the first of them in {first}"
    return True, f"all {mask.numel() - mask.kept():,} removed weights are exactly zero"


def normalisation_state(audited: Audited) -> Answer:
    """Every running statistic of the network's batch normalisation is in the ticket's state."""
    network, state = audited.network, audited.ticket.state
    if network is None:
        return None, _unknown(audited)
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._NormBase)]
    statistics = [buffer for norm in norms for _, buffer in norm.named_buffers(recurse=False)]
    if not statistics:
        return None, "the network has no batch normalisation with running statistics"
    declared = {id(tensor) for name, tensor in canonical_tensors(network).items() if name in state}
    missing = sum(id(statistic) not in declared for statistic in statistics)
    if missing:
        return False, f"{missing} of {len(statistics)} running statistics are not in the ticket's state"
    return True, f"all {len(statistics)} running statistics of {len(norms)} layers are in the ticket's state"


def _unknown(audited: Audited) -> str:
    return f"{audited.ticket.architecture.name} is not builtin: give a model of it to have its network looked at"
