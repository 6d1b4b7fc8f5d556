"""A model's tensors, each once: tied ones under their first name."""

from collections.abc import Iterable

from torch import Tensor, nn


def canonical_tensors(model: nn.Module) -> dict[str, Tensor]:
    """The model's parameters and persistent buffers, each under the first name it has. No copies.

    >>> model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    >>> model[1].weight = model[0].weight
    >>> list(canonical_tensors(model))
    ['0.weight']
    """
    persistent = model.state_dict()
    buffers = {name: buffer for name, buffer in model.named_buffers() if name in persistent}
    return dict(model.named_parameters()) | buffers


def unmasked_state(model: nn.Module, masked: Iterable[str]) -> dict[str, Tensor]:
    """Those of the `canonical_tensors` that are not masked: biases, batch-norm statistics … No copies.

    >>> sorted(unmasked_state(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), ["0.weight", "1.weight"]))
    ['0.bias', '1.bias', '1.num_batches_tracked', '1.running_mean', '1.running_var']
    """
    left_out = set(masked)
    return {name: tensor.detach() for name, tensor in canonical_tensors(model).items() if name not in left_out}
