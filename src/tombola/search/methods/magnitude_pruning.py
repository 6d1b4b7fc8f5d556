r"""Iterative magnitude pruning: train, remove the smallest weights, go back to an earlier moment, repeat.

Level $l$ keeps, of the weights kept at level $l - 1$, those with the highest $|w|$ at the end of its
training: $(1 - f)^l$ of each layer, or, with `scope="global"`, of all layers together. Then training
begins again at the rewind step $r$, to the end $T$ of the training:

- weight rewinding: from the values at step $r$ of level 0, with the schedule from $r$ on;
- learning-rate rewinding: from the values at the end of the level before, with the schedule from $r$ on;
- fine-tuning: from the same, for $T - r$ steps at the schedule's last learning rate.

Source: Frankle & Carbin, "The Lottery Ticket Hypothesis", ICLR 2019, arXiv 1803.03635; rewinding:
Frankle, Dziugaite, Roy & Carbin, arXiv 1903.01611; modes of retraining: Renda, Frankle & Carbin, ICLR 2020.

Where this differs from the papers: the number kept is the exact one of the level's density, not what
repeated rounding of a threshold leaves; a density asked for is met exactly by the last level; the
accuracy of a level is that at its early-stop iteration, the lowest validation loss, and the final one
stands beside it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Literal

from tombola.errors import UsageError, check_density, check_name, is_number
from tombola.search.found import Found, SearchTrainings
from tombola.search.job import Job
from tombola.search.parts.budget import SCOPES
from tombola.search.parts.by_layer import check_by_layer
from tombola.search.parts.dense import after
from tombola.search.parts.levels import LevelRun
from tombola.search.parts.pruning_schedule import MOST_LEVELS, Level, levels_of
from tombola.search.parts.retraining import RETRAINING
from tombola.search.workspace import Workspace
from tombola.subnetwork import Layout
from tombola.training import Step, Training

USUAL_DENSITY, USUAL_FRACTION = 0.2, 0.2


@dataclass(frozen=True)
class IterativeMagnitude:
    """Iterative magnitude pruning and its settings.

    Args:
        density: to end with, of all prunable weights together; 0.2 where no number of levels is given.
        levels: number of levels; 1 is one-shot pruning. Beside a density, it says in how many equal
            steps to get there.
        prune_fraction: fraction of the remaining weights that a level removes; 0.2 unless density and
            levels fix it.
        layer_prune_fraction: pattern -> another fraction for layers that match, e.g. `{"fc3": 0.1}`;
            0 leaves a layer whole.
        scope: `layerwise`, each layer loses its own smallest, or `global`, the network does.
        rewind_step: the moment training returns to, as `"500it"` or `"2ep"`; `"0it"` is the start.
        retraining: `weight-rewinding`, `lr-rewinding` or `fine-tuning`.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> IterativeMagnitude(levels=18).name
    'imp'
    >>> IterativeMagnitude(rewind_step="halfway")
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: step 'halfway': expected epochs as 2ep, or iterations as 500it
    """

    name: ClassVar[str] = "imp"
    title: ClassVar[str] = "iterative magnitude pruning"
    defaults: ClassVar[Training] = Training(
        epochs=55,
        batch_size=60,
        optimizer="adam",
        lr=1.2e-3,
        weight_decay=0.0,
        schedule="constant",
        evaluate_every="100it",
        augment="off",
    )
    weights: ClassVar[str] = "glorot-normal"
    moves_weights: ClassVar[bool] = True

    density: float | None = None
    levels: int | None = None
    prune_fraction: float | None = None
    layer_prune_fraction: Mapping[str, float] = field(default_factory=dict)
    scope: Literal["layerwise", "global"] = "layerwise"
    rewind_step: str = "0it"
    retraining: Literal["weight-rewinding", "lr-rewinding", "fine-tuning"] = "weight-rewinding"

    def __post_init__(self) -> None:
        if self.density is not None:
            check_density(self.density)
        if self.levels is not None and not (type(self.levels) is int and 1 <= self.levels <= MOST_LEVELS):
            raise UsageError(f"levels={self.levels!r}: expected a whole number, 1 to {MOST_LEVELS}")
        if self.prune_fraction is not None and not (is_number(self.prune_fraction) and 0 < self.prune_fraction < 1):
            raise UsageError(f"prune_fraction={self.prune_fraction}: expected a number above 0 and below 1")
        check_by_layer("layer_prune_fraction", self.layer_prune_fraction, "fractions", {"fc3": 0.1})
        for pattern, fraction in self.layer_prune_fraction.items():
            if not (is_number(fraction) and 0 <= fraction < 1):
                raise UsageError(f"layer_prune_fraction of {pattern!r}={fraction}: expected 0 <= fraction < 1")
        if self.density is not None and self.levels is not None and (self.prune_fraction or self.layer_prune_fraction):
            raise UsageError("density and levels together fix what a level removes: expected no prune fraction as well")
        for kind, value, known in (("scope", self.scope, SCOPES), ("retraining", self.retraining, RETRAINING)):
            check_name(kind, value, known)
        if self.scope == "global" and any(self.layer_prune_fraction.values()):
            raise UsageError("scope=global ranks all layers together: expected layer_prune_fraction of 0, or none")
        Step.parse(self.rewind_step)

    def to_spec(self) -> dict[str, Any]:
        """The method and its settings as JSON."""
        return {"name": self.name} | asdict(self)

    def schedule(self, layout: Layout) -> tuple[Level, ...]:
        """The levels from 1 on.

        Raises:
            UsageError: where the density cannot be reached, or a level would empty a layer.
        """
        is_open = self.density is None and self.levels is None
        return levels_of(
            layout,
            density=USUAL_DENSITY if is_open else self.density,
            levels=self.levels,
            prune_fraction=self.prune_fraction or USUAL_FRACTION,
            layer_prune_fraction=self.layer_prune_fraction,
            scope=self.scope,
        )

    def check(self, job: Job, layout: Layout) -> None:
        """Refuse levels that cannot be, and a rewind step that is not before the end of training."""
        self.schedule(layout)
        self.rewind_iteration(job)

    def trainings(self, layout: Layout) -> SearchTrainings:
        """One a level, with level 0, the dense network."""
        return SearchTrainings(1 + len(self.schedule(layout)))

    def rewind_iteration(self, job: Job) -> int:
        """The iteration whose weights a ticket goes back to.

        Raises:
            UsageError: where it is not before the end of training.
        """
        rewind, last = Step.parse(self.rewind_step).iterations(job.per_epoch), job.training.epochs * job.per_epoch
        if rewind >= last:
            raise UsageError(
                f"rewind_step={self.rewind_step} is iteration {rewind}: expected one before the end of training, {last}"
            )
        return rewind

    def search(self, workspace: Workspace) -> Found:
        """Train and prune, level by level; every level leaves its ticket in the run's folder.

        Raises:
            CollapsedError: where a level leaves a layer nothing, or no live path.
            UsageError: where the rewind step is not before the end of training.
        """
        run = LevelRun(workspace, self, self.rewind_iteration(workspace.job))
        schedule = self.schedule(run.layout)
        found = run.dense()
        trained = [found.fitted]
        for level in schedule:
            found = run.next(level, found)
            trained.append(found.fitted)
        return replace(found, fitted=after(*reversed(trained)), dense=run.trained(0))
