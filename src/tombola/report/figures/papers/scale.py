"""What the runs behind a paper's figure are, said of their records: models, data, preset, length and replicates."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tombola.records import StudyRecord
from tombola.records.base import real
from tombola.report.words import density_text


def scale_text(records: Sequence[StudyRecord]) -> str:
    """The end of a caption.

    >>> scale_text(())
    'No runs.'
    """
    if not records:
        return "No runs."
    models, data = (_names(record.name(part) for record in records) for part in ("model", "data"))
    presets = _names(record.preset for record in records)
    return f"{models} on {data}, preset {presets}, {seed_count_text(records)}; mean ± one standard deviation."


def seed_count_text(records: Iterable[StudyRecord]) -> str:
    """How many replicates each run has.

    >>> seed_count_text(())
    '0 seeds'
    """
    counts = Counter(record.whole_place for record in records).values()
    least, most = min(counts, default=0), max(counts, default=0)
    return f"{_span(least, most)} seed{'s' * (most != 1)}"


def steps_text(records: Iterable[StudyRecord]) -> str:
    """How many iterations the curves of runs go on for.

    >>> steps_text(())
    '0 iterations'
    """
    ends = [round(max(known)) for record in records if (known := [at for at in record.curves.get("step", ()) if at])]
    return f"{_span(min(ends, default=0), max(ends, default=0))} iterations"


def layers_text(record: StudyRecord) -> str:
    """The widths of a perceptron from the inputs to the classes, such as `784-200-30-10`; nothing of other networks."""
    shapes = () if record.result is None else [layer.shape for layer in record.result.layers]
    if not shapes or any(len(shape) != 2 for shape in shapes):
        return ""
    return "-".join(map(str, (shapes[0][1], *(shape[0] for shape in shapes))))


def densities_text(records: Iterable[StudyRecord]) -> str:
    """The densities that runs were asked for; nothing where they were not asked for any.

    >>> densities_text(())
    ''
    """
    methods = (record.settings.get("method") for record in records)
    found = {at for method in methods if isinstance(method, dict) and (at := real(method.get("density"))) is not None}
    return f" of density {' and '.join(map(density_text, sorted(found)))}" if found else ""


def _names(found: Iterable[str]) -> str:
    return " and ".join(sorted(set(found)))


def _span(least: int, most: int) -> str:
    return f"{most:,}" if least == most else f"{least:,} to {most:,}"
