"""`Evidence`: the records of studies, each with one preset, and ways to ask them for series of values."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tombola.records import StudyRecord
from tombola.records.base import real
from tombola.records.spelling import in_order
from tombola.records.study_file import Extents

PRESETS = ("paper", "full", "laptop")  # the largest first; what runs in seconds decides nothing
FULL_LENGTH = "paper"  # the preset whose trainings are as long as the paper's
Value = Callable[[StudyRecord], float | None]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Evidence:
    """Records that claims are judged by.

    Args:
        records: of any studies, those of one study all with one preset.
        other: how many records there are with presets that decide nothing, such as `tiny`.
    """

    records: tuple[StudyRecord, ...]
    other: int = 0

    @classmethod
    def among(
        cls,
        records: Iterable[StudyRecord],
        studies: tuple[str, ...],
        expected: Extents | None = None,
        presets: tuple[str, ...] = PRESETS,
    ) -> "Evidence":
        """Those of some studies, each with the largest preset with which it is complete; else with most records.

        Args:
            records: of any studies.
            studies: whose records count.
            expected: how much a study is with a preset, where that is known; else all there are is complete.
            presets: that may decide, the largest first.
        """
        own = [record for record in records if record.study in studies]
        chosen = {study: _preset([each for each in own if each.study == study], presets, expected) for study in studies}
        other = sum(record.preset not in presets for record in own)
        return cls(tuple(record for record in own if record.preset == chosen[record.study]), other)

    @property
    def presets(self) -> dict[str, str]:
        """The preset of each study that has records."""
        return {record.study: record.preset for record in self.records}

    @property
    def is_full_length(self) -> bool:
        """Whether all trainings are as long as the paper's."""
        return all(record.preset == FULL_LENGTH for record in self.records)

    def of(self, study: str) -> "Evidence":
        """The records of one study."""
        return Evidence(tuple(record for record in self.records if record.study == study))

    def where(self, arm: str | None = None, /, **point: Any) -> "Evidence":
        """The records of an arm, and of some values of its axes."""
        chosen = (record for record in self.records if arm is None or record.arm == arm)
        return Evidence(tuple(record for record in chosen if _has(record, point)))

    @property
    def broken(self) -> int:
        """How many runs diverged or collapsed."""
        return sum(record.result is None for record in self.records)

    @property
    def lost(self) -> int:
        """How many runs diverged or collapsed of which other replicates did not: means are of those that are left."""
        places = Counter(record.whole_place for record in self.records if record.result is not None)
        return sum(record.result is None and places[record.whole_place] > 0 for record in self.records)

    @property
    def chance(self) -> float | None:
        """What guessing comes to on the data of the runs; None where that is not recorded."""
        return next((record.result.chance for record in self.records if record.result and record.result.chance), None)

    def networks(self) -> Iterator[tuple[str, "Evidence"]]:
        """The records of each network, by name: those of a study's axis of models, or a whole study of one network."""
        for study in dict.fromkeys(record.study for record in self.records):
            own = self.of(study)
            models = own.values("model")
            if not models:
                yield study, own
            for model in models:
                yield str(model), own.where(model=model)

    def values(self, name: str) -> tuple[Any, ...]:
        """The values of an axis that occur, each once, in ascending order."""
        found = {repr(value): value for record in self.records if (value := record.values.get(name)) is not None}
        return tuple(sorted(found.values(), key=in_order))

    def numbers(self, name: str) -> tuple[float, ...]:
        """Those values of an axis that are numbers."""
        return tuple(value for value in self.values(name) if real(value) is not None)

    def series(self, value: "Value | str" = "metric") -> dict[int, float]:
        """seed -> value of finished runs; what broke down has none.

        Empty where two runs have one seed: a study was given values or arms that the rule does not tell apart.

        Args:
            value: `metric`, the final one; the name of a figure of the result, such as `test_loss`; or a
                function of a record.
        """
        read = value if callable(value) else _reader(value)
        finished = [record for record in self.records if record.result is not None]
        found = {record.seed: read(record) for record in finished}
        if len(found) < len(finished):
            return {}
        return {seed: number for seed, number in found.items() if number is not None}

    def __bool__(self) -> bool:
        return bool(self.records)


def final_metric(record: StudyRecord) -> float | None:
    """The final metric of a record's result."""
    return None if record.result is None else record.result.final_metric


def held_out(record: StudyRecord) -> float | None:
    """The metric that choices are made on: of the validation split, or the final one where nothing was held out."""
    result = record.result
    if result is None:
        return None
    value = result.measured(f"validation_{result.metric}")
    return result.final_metric if value is None else value


def drawn(record: StudyRecord) -> float | None:
    """The mean over draws of a learned supermask's final metric."""
    return None if record.result is None else record.result.over_draws


def held_out_draws(record: StudyRecord) -> float | None:
    """The mean over draws that choices are made on: of the validation split, or the final one."""
    result = record.result
    if result is None:
        return None
    value = real(result.figures.get(f"validation_{result.metric}_mean_over_draws"))
    return result.over_draws if value is None else value


def compared(record: StudyRecord, network: str) -> float | None:
    """The final metric of another network of the run's comparison, such as `untrained dense`."""
    if record.result is None:
        return None
    rows = [row for row in record.result.comparison if row.name == network]
    return rows[0].measured(record.result.metric_key) if rows else None


def mean(series: Mapping[int, float]) -> float:
    """The mean over seeds; minus infinity where there is none, so that it is never the best."""
    return sum(series.values()) / len(series) if series else float("-inf")


def best(groups: Mapping[Key, Evidence], by: Value = held_out) -> Key | None:
    """The key of the records that are best in the mean by what choices are made on; None where there are none.

    Those of which a run broke down are passed over, if others are there: the mean of what survives says little.
    """
    there = {key: own for key, own in groups.items() if own}
    whole = {key: own for key, own in there.items() if not own.broken} or there
    return max(whole, key=lambda key: mean(whole[key].series(by)), default=None)


def _preset(records: Sequence[StudyRecord], presets: Sequence[str], expected: Extents | None) -> str | None:
    """The largest preset with which a study is complete; else that with most records; None where there are none."""
    own = {preset: [each for each in records if each.preset == preset] for preset in presets}
    present = [preset for preset in presets if own[preset]]
    for preset in present:
        extent = (expected or {}).get((records[0].study, preset))
        if extent is None or extent.recorded(own[preset]) >= extent.runs:
            return preset
    return max(present, key=lambda preset: len(own[preset]), default=None)


def _has(record: StudyRecord, point: Mapping[str, Any]) -> bool:
    return all(record.values.get(name) == value for name, value in point.items())


def _reader(name: str) -> Value:
    if name == "metric":
        return final_metric
    return lambda record: None if record.result is None else record.result.measured(name)
