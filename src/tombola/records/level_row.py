"""One level of iterative pruning, as `result.json` has it."""

from typing import Literal

from pydantic import FiniteFloat, model_validator

from tombola.records.base import Count, Density, Moment, Positive, Text, WithMetrics


class LevelRow(WithMetrics):
    """One training between two prunings; level 0 is the dense network.

    Measurements are under `early_stop_<metric>` (on `early_stop_split`, where its loss was lowest),
    `test_<metric>` (of the network that the protocol chooses) and `final_test_<metric>` (at the end of
    training), and the same of the loss; or of `validation`, as `evaluated_on` says.
    """

    level: Count
    density: Density
    kept: Count
    prunable: Positive
    start_step: Count | None = None
    end_step: Count | None = None
    early_stop_step: Count | None = None
    early_stop_epoch: Moment | None = None
    early_stop_split: Literal["validation", "test"] = "validation"
    ticket: Text | None = None
    seconds: FiniteFloat | None = None

    @property
    def iterations(self) -> int | None:
        """Of the level's own training, until the lowest held-out loss; the dense network trains from the beginning."""
        begun = (self.start_step or 0) if self.level else 0
        return None if self.early_stop_step is None else self.early_stop_step - begun

    @model_validator(mode="after")
    def _counts_fit(self) -> "LevelRow":
        if self.kept > self.prunable:
            raise ValueError(f"level {self.level} keeps {self.kept} of {self.prunable} weights")
        return self
