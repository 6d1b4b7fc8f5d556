"""Records of studies as a table: one row a run, one column a figure or a setting."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tombola.records import reserved
from tombola.records.spelling import flat
from tombola.records.study_record import StudyRecord
from tombola.training.identity import leaves

if TYPE_CHECKING:
    import pandas as pd

FIGURES = ("density", *reserved.FIGURES)


def table(records: Iterable[StudyRecord]) -> "pd.DataFrame":
    """Records as a table, see `tombola.results`."""
    import pandas as pd

    return pd.DataFrame([row(record) for record in records])


def axes(records: Iterable[StudyRecord]) -> tuple[str, ...]:
    """The axes of the studies whose records these are; of settings that change together, each."""
    return tuple(dict.fromkeys(name for record in records for name in record.values))


def row(record: StudyRecord) -> dict[str, Any]:
    """One record, flat."""
    named = {"study": record.study, "preset": record.preset, "arm": record.arm}
    point = {name: flat(value) for name, value in record.values.items()}
    figures: dict[str, Any] = {"outcome": record.outcome}
    if record.result is not None:
        extra = record.result.__pydantic_extra__ or {}
        measured = (key for key in extra if key.startswith(("test_", "validation_")))
        figures |= {key: record.result.measured(key) for key in measured}
        if record.result.over_draws is not None:
            figures[f"{record.result.metric_key}_mean_over_draws"] = record.result.over_draws
        figures |= {name: getattr(record.result, name, None) for name in FIGURES}
        figures |= {name: record.result.measured(name) for name in FIGURES if name in extra}
    settings = {path: _cell(value) for path, value in leaves(record.settings)}
    made = {"environment": record.environment, "code": {"commit": record.code.commit, "dirty": record.code.dirty}}
    last = {"seconds": record.seconds, "finished": record.finished, "id": record.id}
    figures = {name: value for name, value in figures.items() if name not in point}
    provenance = {path: _cell(value) for path, value in leaves(made)}
    return settings | named | point | {"seed": record.seed} | figures | last | provenance


def _cell(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else json.dumps(value)
