"""A mask that training cannot lift: removed weights are zero, and stay it under any optimiser."""

from typing import Self

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.subnetwork.straight_through import BITS_OF


class HeldMask:
    r"""Holds a mask on a model in place: $w \leftarrow w \odot m$ now, and $g \leftarrow g \odot m$ at every gradient.

    A removed weight is zero and its gradient is exactly zero, so momentum, both moments of Adam,
    weight decay and clipping leave it, and all that the optimiser keeps of it, exactly zero. The
    model stays what it is, and runs as fast as the dense one.

    The mask is held on the parameters of this very module: a deep copy is free of it.

    Args:
        model: changed in place.
        mask: by parameter name.

    Raises:
        UsageError: where the model has no such parameter, or one of another shape.

    >>> model = nn.Linear(2, 1, bias=False)
    >>> held = HeldMask(model, Mask({"weight": torch.tensor([[True, False]])}))
    >>> optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.1)
    >>> model(torch.ones(1, 2)).sum().backward()
    >>> optimizer.step()
    >>> model.weight.detach()[0, 1]
    tensor(0.)
    """

    def __init__(self, model: nn.Module, mask: Mask) -> None:
        self._handles: list[RemovableHandle] = []
        parameters = dict(model.named_parameters())
        for name, kept in mask.items():
            if name not in parameters or parameters[name].shape != kept.shape:
                raise UsageError(f"the mask does not fit the model: it has no parameter {name} of {tuple(kept.shape)}")
        for name, kept in mask.items():
            parameter = parameters[name]
            parameter.data.masked_fill_(~kept.to(parameter.device), 0)
            self._handles.append(parameter.register_post_accumulate_grad_hook(_Cut(kept)))

    def release(self) -> None:
        """Let the removed weights train again, from where they are."""
        for handle in self._handles:
            handle.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class _Cut:
    """Sets the gradient of removed weights to zero as soon as it is there.

    Its bits are cut by a mask of whole numbers, all ones or all zeros: the fastest way, and a
    gradient that is NaN or infinite becomes zero like any other.
    """

    def __init__(self, kept: Tensor) -> None:
        self._bits = -kept.to(torch.int8)

    def __call__(self, parameter: Tensor) -> None:
        gradient = parameter.grad
        if gradient is None:
            return
        if gradient.is_sparse:  # an embedding's, if asked
            gradient = parameter.grad = gradient.to_dense()
        kind, bits = BITS_OF[gradient.dtype.itemsize], self._bits
        if (bits.device, bits.dtype, bits.stride()) != (gradient.device, kind, gradient.stride()):
            bits = self._bits = torch.empty_like(gradient, dtype=kind).copy_(bits)
        gradient.view(kind).bitwise_and_(bits)
