"""The fields of `verification.json`, version 1."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from tombola.records.base import Count, Density, Json, Name, Positive, Real, Record, Text

Word = Literal["winning", "not winning", "undecided"]
EvidenceOutcome = Literal["holds", "fails", "open", "better", "worse", "undecided", "not applicable"]


class Subject(Record):
    """What was verified; the digests are those of its tickets."""

    name: Text
    kind: Literal["ticket", "run", "replicates"]
    digests: Annotated[tuple[Text, ...], Field(min_length=1)]


class DefinitionRow(Record):
    """What winning means, in sentences."""

    name: Text
    title: Text
    conditions: tuple[Text, ...] = ()


class EvidenceRow(Record):
    """One comparison of the ticket with a control; `difference` is ticket − control."""

    control: Name
    title: Text | None = None
    measure: Text | None = None
    ticket: Real | None = None
    control_value: Real | None = None
    difference: Real | None = None
    low: Real | None = None
    high: Real | None = None
    confidence: Annotated[float, Field(gt=0, lt=1)] | None = None
    interval: Text | None = None
    replicates: Count = 0
    effect_size: Real | None = None
    outcome: EvidenceOutcome
    reason: Text | None = None
    in_definition: bool = False

    @model_validator(mode="after")
    def _interval_fits(self) -> "EvidenceRow":
        ends = (self.low, self.high)
        if (None in ends and ends != (None, None)) or (None not in ends and self.difference is None):
            raise ValueError(f"the interval of {self.control!r} has an end or a middle missing")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"the interval of {self.control!r} ends before it begins")
        return self


class JudgedLevel(Record):
    """The verdict on one ticket with its evidence; `level` is None where there is but one ticket."""

    level: Count | None = None
    density: Density
    kept: Count
    verdict: Word
    evidence: tuple[EvidenceRow, ...]


class TrialRow(Record):
    """What one network came to in one replicate; `network` is `ticket` or the name of a control."""

    level: Count | None = None
    network: Name
    replicate: Count
    metric: Real
    loss: Real | None = None
    iterations: Count | None = None
    density: Density
    kept: Count


class FindingRow(Record):
    """One thing an audit looked at: right, wrong, or (None) not applicable."""

    name: Text
    ok: bool | None
    detail: Text = ""


class VerificationFile(Record):
    """`verification.json`; `same_data` says whether the data is that on which the ticket was found, where known."""

    version: Literal[1] = Field(alias="schema")
    id: Text
    subject: Subject
    model: Text
    data: Text
    same_data: bool | None = None
    method: Text
    metric: Name
    higher_is_better: bool
    evaluated_on: Literal["test", "validation"] = "test"
    trained: bool = False
    definition: DefinitionRow
    verdict: Word
    replicates: Positive
    levels: Annotated[tuple[JudgedLevel, ...], Field(min_length=1)]
    trials: tuple[TrialRow, ...] = ()
    audit: tuple[FindingRow, ...] = ()
    environment: Json = Field(default_factory=dict)
    seconds: FiniteFloat | None = None
    command: Text | tuple[Text, ...] | None = None

    @model_validator(mode="after")
    def _each_once(self) -> "VerificationFile":
        levels = Counter(judged.level for judged in self.levels)
        if len(levels) < len(self.levels):
            raise ValueError(f"level {levels.most_common(1)[0][0]} is judged twice")
        trials = Counter((trial.level, trial.network, trial.replicate) for trial in self.trials)
        if len(trials) < len(self.trials):
            level, network, replicate = trials.most_common(1)[0][0]
            raise ValueError(f"{network!r} occurs twice in replicate {replicate} of level {level}")
        return self
