"""What is asked of a search: all choices made."""

from dataclasses import dataclass

from tombola.data import DataSet, Examples
from tombola.models import NamedModel
from tombola.training import Seeds, Task, Training
from tombola.weights import Weights


@dataclass(frozen=True, eq=False)
class Job:
    """One search, all choices made.

    Args:
        model: to search in.
        data: already split: with a validation split, or by the paper's protocol without.
        weights: a recipe, or the model's own.
        task: loss and metric.
        training: settings of whatever the method trains.
        seeds: one a source of randomness.
        protocol: `validation`, the best moment of a training is chosen on the validation split, or
            `paper`, its end is taken.
        include: patterns of parameters that are prunable besides the default ones.
        exclude: patterns of parameters that are not prunable.
        compare: whether the dense network is trained as well, to compare with.
    """

    model: NamedModel
    data: DataSet
    weights: Weights
    task: Task
    training: Training
    seeds: Seeds
    protocol: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    compare: bool

    @property
    def per_epoch(self) -> int:
        """Iterations of an epoch."""
        return -(-len(self.data.train) // self.training.batch_size)

    @property
    def final_split(self) -> tuple[str, Examples]:
        """Name and examples of the final figures: the test set, read once at the end; else validation."""
        if self.data.test is not None:
            return "test", self.data.test
        assert self.data.validation is not None  # a plan has one of the two
        return "validation", self.data.validation

    @property
    def held_out(self) -> tuple[str, Examples]:
        """Name and examples that choices are made on: validation, or, by the paper's protocol, the test set."""
        if self.data.validation is not None:
            return "validation", self.data.validation
        return self.final_split
