"""The fields of the three record files of a run, version 1."""

import math
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from tombola.errors import is_number
from tombola.records.base import Bytes, Count, Density, Json, Moment, Name, Positive, Record, Shape, Text, WithMetrics
from tombola.records.level_row import LevelRow


class SpecFile(Record):
    """`spec.json`."""

    version: Literal[1] = Field(alias="schema")
    id: Text
    spec: Json
    command: Text | tuple[Text, ...] | None = None


class EpochRow(WithMetrics):
    """One row of `metrics.jsonl`; the losses and metrics are read with `measured`.

    Rows may come every few iterations: the epoch is a whole number at the end of one, else a fraction.
    """

    epoch: Moment
    step: Count | None = None
    lr: FiniteFloat | None = None
    seconds: FiniteFloat | None = None


class ComparisonRow(WithMetrics):
    """One network of the comparison; its figures are `test_loss` and `test_<metric>`, or of `validation`."""

    name: Text
    weights: Text
    density: Density
    kept: Count


class LayerRow(Record):
    """What the mask keeps of one prunable tensor."""

    name: Text
    shape: Shape
    prunable: Positive
    kept: Count
    density: Annotated[float, Field(ge=0, le=1)]
    units: Positive
    live_units: Count

    @model_validator(mode="after")
    def _counts_fit(self) -> "LayerRow":
        if math.prod(self.shape) != self.prunable or self.kept > self.prunable or self.live_units > self.units:
            raise ValueError(f"the counts of layer {self.name!r} contradict each other")
        return self


class ScoreHistogram(Record):
    """How many scores of kept and of removed weights fall between neighbouring edges."""

    name: Text
    edges: tuple[FiniteFloat, ...]
    kept: tuple[Count, ...]
    removed: tuple[Count, ...]

    @model_validator(mode="after")
    def _bins_fit(self) -> "ScoreHistogram":
        rising = all(low <= high for low, high in pairwise(self.edges))
        if not rising or not len(self.edges) - 1 == len(self.kept) == len(self.removed) >= 1:
            raise ValueError(f"the score histogram of {self.name!r} needs rising edges, one more than it has bins")
        return self


class FirstLayer(Record):
    """Which tensor sees the input, and the input's shape without the batch."""

    name: Text
    shape: Shape
    input_shape: Shape


class Sizes(Record):
    """Bytes of the ticket file, of the dense network in fp32, and of the mask's entropy."""

    ticket_bytes: Bytes
    dense_fp32_bytes: Bytes
    entropy_bytes: Annotated[float, Field(ge=0)]


class Audit(Record):
    """Digests of the weight values before and after the search."""

    weights_before: Text
    weights_after: Text
    equal: bool


class ResultFile(WithMetrics):
    """`result.json`; the final figures are those of the split that `evaluated_on` names.

    Where `trained` is set they are those of the ticket after training, and so are those of the first row of
    the comparison; `figures` holds whatever else the method measured.
    """

    version: Literal[1] = Field(alias="schema")
    id: Text
    metric: Name
    higher_is_better: bool
    protocol: Text
    evaluated_on: Literal["test", "validation"] = "test"
    trained: bool = False
    chosen_epoch: Moment | None = None
    density: Density
    kept: Count
    prunable: Positive
    seconds: FiniteFloat | None = None
    step_seconds: FiniteFloat | None = None
    digest: Text
    comparison: tuple[ComparisonRow, ...] = ()
    levels: tuple[LevelRow, ...] = ()
    figures: Json = Field(default_factory=dict)
    layers: tuple[LayerRow, ...] = ()
    scores: tuple[ScoreHistogram, ...] = ()
    first_layer: FirstLayer | None = None
    sizes: Sizes
    audit: Audit | None = None
    environment: Json = Field(default_factory=dict)
    chance: FiniteFloat | None = None

    @property
    def metric_key(self) -> str:
        """The key of the final metric, such as `test_accuracy`."""
        return f"{self.evaluated_on}_{self.metric}"

    @property
    def loss_key(self) -> str:
        """The key of the final loss."""
        return f"{self.evaluated_on}_loss"

    @property
    def final_metric(self) -> float:
        """The ticket's own figure at the end."""
        value = self.measured(self.metric_key)
        assert value is not None  # checked when the file was read
        return value

    @property
    def over_draws(self) -> float | None:
        """The mean of the metric over draws of a mask that is drawn at random; what papers report of such masks."""
        return self._over_draws(self.metric_key)

    @property
    def reported_loss(self) -> float | None:
        """The loss that goes with `reported`."""
        drawn = self._over_draws(self.loss_key)
        return self.measured(self.loss_key) if drawn is None else drawn

    def _over_draws(self, key: str) -> float | None:
        value = self.figures.get(f"{key}_mean_over_draws")
        return float(value) if is_number(value) else None

    @property
    def reported(self) -> float:
        """What stands for the ticket beside others: the mean over draws, where there are draws, or the final metric."""
        return self.final_metric if self.over_draws is None else self.over_draws

    @model_validator(mode="after")
    def _figures_are_there(self) -> "ResultFile":
        if self.kept > self.prunable:
            raise ValueError(f"kept is {self.kept}, but only {self.prunable} weights are prunable")
        if self.measured(self.metric_key) is None:
            raise ValueError(f"{self.metric_key} is missing or not a finite number")
        for row in self.comparison:
            if row.measured(self.metric_key) is None:
                raise ValueError(f"comparison row {row.name!r} has no finite {self.metric_key}")
        return self

    @model_validator(mode="after")
    def _levels_follow(self) -> "ResultFile":
        if any(later.level <= earlier.level for earlier, later in pairwise(self.levels)):
            raise ValueError("its levels are not in increasing order")
        for row in self.levels:
            if row.measured(self.metric_key) is None:
                raise ValueError(f"level {row.level} has no finite {self.metric_key}")
        return self
