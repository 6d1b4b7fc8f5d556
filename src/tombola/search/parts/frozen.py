"""Some weights trained, some frozen, some removed: under any optimiser, exactly."""

import torch
from torch import Tensor, nn

from tombola.masks import Mask
from tombola.search.parts.dense import as_module
from tombola.search.workspace import Workspace
from tombola.subnetwork import FixedMask, HeldMask, Layout, Subnetwork
from tombola.training import Fitted


class PartlyFrozen(FixedMask):
    r"""Trained and frozen weights side by side: $\tilde w = w \odot m + c$, with $c$ zero where $m$ is one.

    The frozen values are constants beside the parameter, not in it. Begun at zero where $m$ is, and
    with a gradient of exactly zero there, the parameter stays zero there under momentum and weight
    decay, which would move frozen values that lay in it. Each sum has a zero in it, so it is exact.

    Args:
        layout: of the weights.
        trained: where weights are trained.
        frozen: flat; the values of the frozen weights, zero where weights are trained or removed.

    >>> layout = Layout(("w",), ((3,),))
    >>> select = PartlyFrozen(layout, Mask({"w": torch.tensor([True, False, False])}), torch.tensor([0.0, 5.0, 0.0]))
    >>> select(torch.tensor([2.0, 3.0, 4.0]), torch.float32)
    (tensor([2., 5., 0.]),)
    """

    frozen: Tensor

    def __init__(self, layout: Layout, trained: Mask, frozen: Tensor) -> None:
        super().__init__(layout, trained)
        self.register_buffer("frozen", frozen.detach().clone())

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        constants = self.layout.views(self.frozen.to(dtype))
        return tuple(map(torch.add, super().forward(weights, dtype), constants))

    def flat_mask(self) -> Tensor:
        return self.bits | (self.frozen != 0)


def train_ticket(workspace: Workspace, network: Subnetwork, kept: Mask) -> tuple[Fitted, nn.Module]:
    """Train the kept weights of a masked network; those it uses besides are frozen.

    Returns:
        The training, and the trained network as an ordinary module. The masked network stays as it is.
    """
    record = workspace.folder.write_metrics
    if network.mask == kept:
        made = as_module(workspace, network)
        with HeldMask(made, kept):
            return workspace.train("ticket", made, record=record), made
    layout = network.layout
    bits = layout.flatten(kept)
    used = layout.flatten(network.masked_weights()).cpu()
    selector = PartlyFrozen(layout, kept, used.masked_fill(bits, 0))
    partly = workspace.subnetwork(selector, dict.fromkeys(layout.names, 1.0))
    partly.weights.data.copy_(used.masked_fill(~bits, 0))
    begun = network.unmasked_state()
    for name, tensor in partly.unmasked_state().items():
        tensor.copy_(begun[name])
    fitted = workspace.train("ticket", partly.unfreeze(), record=record)
    return fitted, as_module(workspace, partly)
