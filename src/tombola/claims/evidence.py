"""`Evidence`: the records of studies with one preset, and ways to ask them for series of values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tombola.records import StudyRecord
from tombola.records.study_file import Extent, Extents

PRESETS = ("paper", "full", "laptop")  # the largest first; what runs in seconds decides nothing
Value = Callable[[StudyRecord], float | None]


@dataclass(frozen=True)
class Evidence:
    """Records that claims are judged by.

    Args:
        records: of any studies, all with one preset.
        scale: that preset; None where there are none.
        other: how many records there are with presets that decide nothing, such as `tiny`.
    """

    records: tuple[StudyRecord, ...]
    scale: str | None
    other: int = 0

    @classmethod
    def among(
        cls, records: Iterable[StudyRecord], studies: tuple[str, ...], expected: Extents | None = None
    ) -> "Evidence":
        """Those of some studies, with the largest preset with which one of them is complete; else with most records.

        Args:
            records: of any studies.
            studies: whose records count.
            expected: how much a study is with a preset, where that is known; else all there are is complete.
        """
        own = [record for record in records if record.study in studies]
        seeds: dict[tuple[str, str], list[int]] = {}
        for record in own:
            seeds.setdefault((record.study, record.preset), []).append(record.seed)
        whole = {place[1] for place, found in seeds.items() if _is_whole((expected or {}).get(place), found)}
        present = [preset for preset in PRESETS if any(record.preset == preset for record in own)]
        complete = [preset for preset in present if preset in whole]
        most = max(present, key=lambda preset: sum(record.preset == preset for record in own), default=None)
        scale = complete[0] if complete else most
        other = sum(record.preset not in PRESETS for record in own)
        return cls(tuple(record for record in own if record.preset == scale), scale, other)

    def of(self, study: str) -> "Evidence":
        """The records of one study."""
        return Evidence(tuple(record for record in self.records if record.study == study), self.scale)

    def where(self, arm: str | None = None, **point: Any) -> "Evidence":
        """The records of an arm, and of some values of its axes."""
        chosen = (record for record in self.records if arm is None or record.arm == arm)
        return Evidence(tuple(record for record in chosen if _has(record, point)), self.scale)

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
        return tuple(sorted(found.values(), key=_order))

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


def compared(record: StudyRecord, network: str) -> float | None:
    """The final metric of another network of the run's comparison, such as `untrained dense`."""
    if record.result is None:
        return None
    rows = [row for row in record.result.comparison if row.name == network]
    return rows[0].measured(record.result.metric_key) if rows else None


def mean(series: Mapping[int, float]) -> float:
    """The mean over seeds; minus infinity where there is none, so that it is never the best."""
    return sum(series.values()) / len(series) if series else float("-inf")


def _is_whole(extent: Extent | None, seeds: Iterable[int]) -> bool:
    return extent is None or extent.recorded(seeds) >= extent.runs


def _has(record: StudyRecord, point: Mapping[str, Any]) -> bool:
    return all(record.values.get(name) == value for name, value in point.items())


def _reader(name: str) -> Value:
    if name == "metric":
        return final_metric
    return lambda record: None if record.result is None else record.result.measured(name)


def _order(value: Any) -> tuple[int, Any]:
    return (0, value) if isinstance(value, int | float) else (1, str(value))
