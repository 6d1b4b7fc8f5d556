r"""Bernoulli supermasks: learn for each weight the probability with which it is kept; never touch a weight.

Forward, in training: $w'_i = w_i \, b_i$ with a fresh $b_i \sim \mathrm{Bernoulli}(\sigma(m_i))$ at each step;
$m$ begins at 0, so each weight is kept with probability one half.
Backward, $b$ taken for $\sigma(m)$: $\partial L / \partial m_i = \partial L / \partial w'_i \, w_i \, \sigma'(m_i)$.

With `rescale`, a layer of $n$ weights of which a sample keeps $S = \sum_i b_i$ is multiplied by $n / S$, and
$\partial L / \partial m_j = \frac{n}{S} \left( \frac{\partial L}{\partial w'_j} w_j -
\frac{1}{S} \sum_i \frac{\partial L}{\partial w'_i} w_i b_i \right) \sigma'(m_j)$:
the factor is differentiated too, as in the authors' code.

Two networks can be read off the same probabilities, and both figures are reported: the mean over
draws from $\sigma(m)$, the paper's figure, and the most likely mask, $\sigma(m) \ge 1/2$. A ticket has one
mask, the most likely; it is what `eval()` shows. The two come together as probabilities near one half
get few. Until then the most likely mask is the worse one, above all where inputs are constant but not
zero, as the border of MNIST is once it is standardised: the weights of such inputs drift together, and
rounding makes of a small drift a large bias. With pixels as they come the two agreed to half a point from
the first epoch on.

The last epoch is taken, as by the authors: the validation figures along the way are those of the most
likely mask, and say little of the draws. Choose settings by the mean over draws on the validation split,
which is among the figures.

Source: Zhou, Lan, Liu & Yosinski, "Deconstructing Lottery Tickets: Zeros, Signs, and the Supermask",
NeurIPS 2019, arXiv 1905.01067; settings from the authors' code.

Where this differs from the paper: 100 epochs with lr 400 by default, not 2000 with lr 100, since the
walk of $m$ from 0 grows with the rate and with the root of the steps; the weights are the signed
constants of Xavier by fan-in, where the authors take those of Glorot's mean of both fans.
"""

import statistics
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import torch

from tombola.data import Examples
from tombola.errors import UsageError
from tombola.search.found import Found
from tombola.search.parts.sampled_mask import SampledMask
from tombola.search.workspace import Workspace
from tombola.subnetwork import Subnetwork, prunable_layout
from tombola.training import Scores, Training, derive
from tombola.weights import Recipe

BEGUN = 0.5  # density of a mask drawn before training, in the mean


@dataclass(frozen=True)
class Bernoulli:
    """The learned supermask and its settings. The density is learned, so there is none to choose.

    Args:
        rescale: multiply each layer by its number of weights over the number of ones in the
            present mask, in training and in evaluation ("dynamic weight rescaling"); the ticket holds
            the products.
        draws: masks drawn for the figure that is the mean over draws.

    Raises:
        UsageError: where a value is not allowed.

    >>> Bernoulli(draws=0)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: draws=0: expected a whole number, 1 or more
    """

    name: ClassVar[str] = "bernoulli"
    title: ClassVar[str] = "learned supermask"
    defaults: ClassVar[Training] = Training(
        batch_size=250, lr=400.0, weight_decay=0.0, schedule="constant", augment="off"
    )
    weights: ClassVar[str] = "signed-glorot-constant"
    moves_weights: ClassVar[bool] = True

    rescale: bool = False
    draws: int = 10

    def __post_init__(self) -> None:
        if not isinstance(self.rescale, bool):
            raise UsageError(f"rescale={self.rescale!r}: expected true or false")
        if not isinstance(self.draws, int) or isinstance(self.draws, bool) or self.draws < 1:
            raise UsageError(f"draws={self.draws!r}: expected a whole number, 1 or more")

    def to_spec(self) -> dict[str, Any]:
        """The method and its settings as JSON."""
        return {"name": self.name} | asdict(self)

    def search(self, workspace: Workspace) -> Found:
        """Learn the probabilities; the ticket holds the most likely mask.

        Raises:
            CollapsedError: where a layer has no live path left in the most likely mask.
        """
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        selector = SampledMask(layout, derive(job.seeds.mask_seed, self.name), self.rescale)
        begun = dict.fromkeys(layout.names, BEGUN)
        network = workspace.subnetwork(selector, begun, model)
        del model  # the subnetwork holds what it needs; a large model need not be in memory twice
        fitted = workspace.learn_mask(self.name, network, choose="last")
        mask = network.mask
        # A recipe that is scaled by the density drew the weights for the one the search began with.
        is_scaled = isinstance(job.weights, Recipe) and job.weights.scaled
        return Found(
            mask,
            begun if is_scaled else {name: max(1, mask.kept(name)) / size for name, size in layout.sized.items()},
            weights=layout.named(selector.rescaled(network.weights.detach())),
            state=network.unmasked_state(),
            fitted=fitted,
            scores=layout.named(selector.logits.detach()),
            figures=self.figures(workspace, network, selector),
        )

    def figures(self, workspace: Workspace, network: Subnetwork, selector: SampledMask) -> dict[str, Any]:
        """Both readings, of what was held out and of the final split; and the densities of both."""
        job = workspace.job
        figures: dict[str, Any] = {}
        for split, examples in dict((job.held_out, job.final_split)).items():
            metric = f"{split}_{job.task.metric.name}"
            likely = workspace.measure(network, examples)
            drawn = [self._drawn(workspace, network, selector, index, examples) for index in range(self.draws)]
            metrics = [scores.metric for scores in drawn]
            figures |= {
                f"{metric}_most_likely_mask": likely.metric,
                f"{split}_loss_most_likely_mask": likely.loss,
                f"{metric}_mean_over_draws": statistics.fmean(metrics),
                f"{metric}_std_over_draws": statistics.stdev(metrics) if len(metrics) > 1 else 0.0,
                f"{split}_loss_mean_over_draws": statistics.fmean(scores.loss for scores in drawn),
            }
        return figures | {
            "draws": self.draws,
            "density_most_likely_mask": float(selector.flat_mask().double().mean()),
            "density_expected_of_draws": float(torch.sigmoid(selector.logits.detach()).double().mean()),
        }

    def _drawn(
        self, workspace: Workspace, network: Subnetwork, selector: SampledMask, index: int, examples: Examples
    ) -> Scores:
        """The scores of one draw, the same for every split."""
        with selector.showing(selector.draw(derive(workspace.job.seeds.mask_seed, self.name, "draw", index))):
            return workspace.measure(network, examples)
