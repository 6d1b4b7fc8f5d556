"""A masked network whose weights all have one value, which is another at each training step."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tombola.subnetwork import Layout, Subnetwork, TopScores
from tombola.subnetwork.straight_through import Choose


class ScaledTopScores(TopScores):
    """`TopScores` with weights that are multiplied by one value, which is 1 unless `EveryValue` sets another.

    Args:
        layout: of the weights.
        choose: the rule that makes a mask of flat magnitudes.
        scores: flat initial scores, one a weight; learned.
    """

    value: Tensor

    def __init__(self, layout: Layout, choose: Choose, scores: Tensor) -> None:
        super().__init__(layout, choose, scores)
        self.register_buffer("value", torch.ones(()), persistent=False)

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        return super().forward(weights * self.value.to(weights.dtype), dtype)


class EveryValue(nn.Module):
    r"""A network with each of n shared values in turn: in training the next one at each step.

    In evaluation example i is given value i mod n, so that the metric of a split is the mean over
    the values, each on its share of the examples.

    Where it is asked, outputs are tempered: divided by the size $\operatorname{rms}(z - \bar z)$ that
    the logits $z$, less their mean over the classes, had when the value was first used. Weights of
    size v make the logits of L layers about v to the power of L times as large, and a layer of many
    inputs makes them larger still: the softmax of such numbers has one probability of 1, and nothing
    to learn from. Which class is the highest is left as it is.

    The number of steps and the sizes are persistent buffers, so a training that is killed goes on
    with the value that was due.

    Args:
        network: its weights are ±1; its selector is a `ScaledTopScores`.
        values: to work with.
        tempered: whether outputs, (batch, classes, …), are tempered.
    """

    values: Tensor
    step: Tensor
    sizes: Tensor

    def __init__(self, network: Subnetwork, values: Sequence[float], *, tempered: bool) -> None:
        super().__init__()
        self.network, self._tempered = network, tempered
        self.register_buffer("values", torch.tensor(values, dtype=torch.float32), persistent=False)
        self.register_buffer("step", torch.zeros((), dtype=torch.long))
        self.register_buffer("sizes", torch.zeros(len(values)))  # 0: not known yet

    def forward(self, inputs: Tensor) -> Tensor:
        if not self.training:
            return self._shared_out(inputs)
        outputs = self._with(self.step % len(self.values), inputs)
        self.step += 1
        return outputs

    def _shared_out(self, inputs: Tensor) -> Tensor:
        count = len(self.values)
        indices = torch.arange(min(count, len(inputs)), device=self.step.device)
        parts = [self._with(index, inputs[first::count]) for first, index in enumerate(indices)]
        outputs = parts[0].new_empty((len(inputs), *parts[0].shape[1:]))
        for first, part in enumerate(parts):
            outputs[first::count] = part
        return outputs

    def _with(self, index: Tensor, inputs: Tensor) -> Tensor:
        """The outputs with one value; `index` stays a tensor, so that nothing waits for the device."""
        selector = self.network.selector
        assert isinstance(selector, ScaledTopScores)
        selector.value.copy_(self.values.take(index))
        outputs: Tensor = self.network(inputs)
        selector.value.fill_(1)
        return self._temper(outputs, index) if self._tempered else outputs

    def _temper(self, outputs: Tensor, index: Tensor) -> Tensor:
        size = self.sizes.take(index)
        if self.training:
            logits = outputs.detach().float()
            size = torch.where(size > 0, size, (logits - logits.mean(1, keepdim=True)).square().mean().sqrt())
            self.sizes.index_copy_(0, index.reshape(1), size.reshape(1))
        # A network that says nothing has no size.
        return outputs / torch.where(size > 0, size, torch.ones_like(size)).to(outputs.dtype)
