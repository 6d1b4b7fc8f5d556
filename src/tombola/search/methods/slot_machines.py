r"""Slot Machines: each connection chooses one of a few fixed random values, by learned scores.

Forward: $w_{ij} = w_{ijk^*}$ with $k^* = \arg\max_k s_{ijk}$ (greedy selection).
Backward, for all k: $\partial L / \partial s_{ijk} = \partial L / \partial w_{ij} \cdot w_{ijk}$.

Nothing is removed: the mask is all ones, and the ticket's weights are the values chosen. A search
holds `slots` values, scores and momenta a weight, so about `slots` times the memory of edge-popup.

Source: Aladago & Torresani, "Slot Machines: Discovering Winning Combinations of Random Weights in
Neural Networks", ICML 2021, arXiv 2101.06475: values uniform within ±σ and scores uniform in
(0, λσ), σ = √(2/(fan_in + fan_out)), λ = 1 for convolutions, else 0.1; 200 epochs with lr 0.2.

Where this differs from the paper: values come from any recipe, by default uniform within
±√(1/fan_in), which is ±σ where the two fans are equal; the rate falls along one cosine, without
warm restarts at epochs 25 and 75; above 8 slots the paper's lr is 0.1, to be given by hand; the
paper's other rule, to sample a slot by softmax of the scores, is left out.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.search.found import Found
from tombola.search.job import Job
from tombola.search.parts.draws import uniform_draws
from tombola.search.workspace import Workspace
from tombola.subnetwork import Layout, Selector, prunable_layout
from tombola.subnetwork.straight_through import BITS_OF, by_layer, in_blocks
from tombola.training import Training, derive
from tombola.weights import GlorotNormal, Recipe
from tombola.weights.recipe import recipe_of

MOST = 256
DRAWS = "slot-machines draws the values"


@dataclass(frozen=True)
class SlotMachines:
    """Slot Machines with greedy selection.

    Args:
        slots: fixed random values that each weight chooses among; the first is the recipe's own draw.

    Raises:
        UsageError: where the number is not allowed.

    >>> SlotMachines(slots=1)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: slots=1: expected a whole number from 2 to 256
    """

    name: ClassVar[str] = "slot-machines"
    title: ClassVar[str] = "slot machines"
    defaults: ClassVar[Training] = Training(epochs=200, lr=0.2)
    weights: ClassVar[str] = "glorot-narrow"
    moves_weights: ClassVar[bool] = True

    slots: int = 8

    def __post_init__(self) -> None:
        if not isinstance(self.slots, int) or isinstance(self.slots, bool) or not 2 <= self.slots <= MOST:
            raise UsageError(f"slots={self.slots!r}: expected a whole number from 2 to {MOST}")

    def to_spec(self) -> dict[str, Any]:
        """The method and its settings as JSON."""
        return {"name": self.name} | asdict(self)

    def check(self, job: Job, _: Layout) -> None:
        """Refuse weights that have no recipe."""
        recipe_of(job.weights, DRAWS)

    def search(self, workspace: Workspace) -> Found:
        """Learn the scores; no value is ever changed.

        Raises:
            UsageError: where the weights have no recipe to draw from.
        """
        job, recipe = workspace.job, recipe_of(workspace.job.weights, DRAWS)
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        others = other_values(layout, recipe, self.slots, like=model.get_parameter(layout.names[0]))
        selector = Slots(layout, others, initial_scores(layout, job.seeds.mask_seed, self.slots))
        densities = dict.fromkeys(layout.names, 1.0)
        network = workspace.subnetwork(selector, densities, model)
        del model  # the subnetwork holds what it needs
        fitted = workspace.learn_mask(self.name, network, facts={"slots": str(self.slots)})
        chosen = selector.chosen(network.weights)
        uses = torch.bincount(selector.scores.detach().argmax(0), minlength=self.slots)
        return Found(
            Mask(layout.named(selector.flat_mask())),
            densities,
            weights=layout.named(chosen),
            state=network.unmasked_state(),
            fitted=fitted,
            figures={"slots": self.slots, "chosen_of_slot": uses.tolist()},
        )


def other_values(layout: Layout, recipe: Recipe, slots: int, like: Tensor) -> Tensor:
    """The values of slots 1, 2, …: (slots - 1, total); slot 0 has the recipe's own draw.

    Args:
        layout: of the weights.
        recipe: the distribution; slot k has the seed derived from its own and k.
        slots: how many there are, slot 0 among them.
        like: a tensor whose type and device the values take.
    """
    values = torch.empty(slots - 1, layout.total, dtype=like.dtype, device=like.device)
    for slot, out in enumerate(values, start=1):
        drawn = replace(recipe, seed=derive(recipe.seed, "slot", slot))
        for name, view in layout.named(out).items():
            view.copy_(drawn.tensor(name, layout.by_name[name]))
    return values


def initial_scores(layout: Layout, mask_seed: int, slots: int) -> Tensor:
    """Scores (slots, total), uniform in [0, λσ): σ of Glorot normal weights, λ = 1 for convolutions, else 0.1."""
    scores = torch.empty(slots, layout.total)
    for slot, out in enumerate(scores):
        out.copy_(uniform_draws(layout, derive(mask_seed, "slot scores", slot)))
    glorot = GlorotNormal()
    for shape, segment in zip(layout.shapes, scores.split(list(layout.sizes), dim=1), strict=True):
        segment.mul_((1.0 if len(shape) > 2 else 0.1) * glorot.std(shape))
    return scores


class Slots(Selector):
    """Each weight is the value whose score is highest, of equal ones the first; gradients reach every score.

    Args:
        layout: of the weights.
        others: (slots - 1, total) values; slot 0 is the weights of the network.
        scores: (slots, total), learned.

    >>> layout = Layout(("w",), ((2,),))
    >>> select = Slots(layout, torch.tensor([[3.0, 4.0]]), torch.tensor([[0.5, 0.1], [0.1, 0.5]]))
    >>> select(torch.tensor([1.0, 2.0]), torch.float32)[0].detach()
    tensor([1., 4.])
    """

    others: Tensor

    def __init__(self, layout: Layout, others: Tensor, scores: Tensor) -> None:
        super().__init__(layout)
        # Drawn again by whoever goes on with the search, so no checkpoint needs them.
        self.register_buffer("others", others, persistent=False)
        self.scores = nn.Parameter(scores.detach().clone())

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        views: tuple[Tensor, ...] = _Greedy.apply(self.scores, weights, self.others, self.layout, dtype)  # type: ignore[no-untyped-call]
        return views

    def flat_mask(self) -> Tensor:
        return torch.ones(self.layout.total, dtype=torch.bool, device=self.scores.device)

    def chosen(self, weights: Tensor) -> Tensor:
        """The flat values of highest score, bit for bit; `weights` are those of slot 0."""
        return _choose(self.scores.detach(), weights.detach(), self.others)


class _Greedy(torch.autograd.Function):
    """The values of highest score; the gradient of each score is that of the weight times the slot's value."""

    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, weights: Tensor, others: Tensor, layout: Layout, dtype: torch.dtype
    ) -> tuple[Tensor, ...]:
        ctx.save_for_backward(scores, weights, others)
        ctx.layout = layout
        ctx.set_materialize_grads(False)
        return layout.views(_choose(scores, weights, others).to(dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        scores, weights, others = ctx.saved_tensors
        gathered = torch.empty_like(scores[0])
        for out, gradient in by_layer(ctx.layout, gradients, gathered):
            out.copy_(gradient)
        score_gradient = torch.empty_like(scores)
        torch.mul(weights, gathered, out=score_gradient[0])
        torch.mul(others, gathered, out=score_gradient[1:])
        return score_gradient, None, None, None, None


def _choose(scores: Tensor, weights: Tensor, others: Tensor) -> Tensor:
    """The value of the highest score each, of equal ones the first, bit for bit.

    On the bits, as integers: a choice between floats by a bool takes twice as long.
    """
    bits = BITS_OF[weights.dtype.itemsize]
    best, chosen = scores[0].clone(), weights.clone()
    for values, rivals in zip(others, scores[1:], strict=True):
        for high, rival, out, value in in_blocks(best, rivals, chosen.view(bits), values.view(bits)):
            out.bitwise_xor_((out ^ value).mul_((rival > high).view(torch.uint8)))
            torch.maximum(high, rival, out=high)
    return chosen
