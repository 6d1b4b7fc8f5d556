"""Figure 6 of What's Hidden in a Randomly Weighted Neural Network?: edge-popup beside learned Bernoulli supermasks."""

from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean

from tombola.claims.evidence import Evidence, best, held_out_draws
from tombola.records import StudyRecord
from tombola.records.base import real
from tombola.report.figures.papers.paper_figures import (
    PaperFigure,
    PaperFigures,
    finished,
    mean_curve,
    mean_point,
    series,
)
from tombola.report.figures.papers.scale import scale_text
from tombola.report.figures.series import SeriesPoint

Records = tuple[StudyRecord, ...]
WORDS = (
    "Edge-popup over density, and learned Bernoulli masks, mean over draws, at the density they choose, "
    "each with the learning rate that is best on held-out data"
)


def figure_6(records: Records) -> PaperFigures:
    """One figure a network."""
    models = list(dict.fromkeys(str(record.values.get("model", "")) for record in finished(records))) or [""]
    return PaperFigures(tuple(_figure(model, _of(records, model=model or None)) for model in models))


def _figure(model: str, records: Records) -> PaperFigure:
    where = f"{model}: " if model else ""
    found = series("accuracy", f"{where}test accuracy", "density", tuple(_points(records)))
    if found is not None:
        found = replace(found, like={_learned(name): name for name in found.lines})
    text = f"{WORDS}. {scale_text(finished(records))}"
    return PaperFigure(f"Figure 6{', ' * bool(model)}{model}", text, found, "" if found else "it needs finished runs")


def _points(records: Records) -> Iterator[SeriesPoint]:
    distributions = sorted({str(record.values.get("weights")) for record in records})
    for weights in distributions:
        popup = [record for record in finished(_of(records, weights=weights)) if record.arm == "edge-popup"]
        curves: dict[int, dict[float, float]] = {}
        for record in popup:
            if (density := real(record.values.get("density"))) is not None:
                curves.setdefault(record.seed, {})[density] = _reported(record)
        yield from mean_curve(weights, curves.values())
    for weights in distributions:
        learned = [record for record in _of(records, weights=weights) if record.arm == "bernoulli"]
        if chosen := _at_best_rate(learned):
            yield mean_point(_learned(weights), _density(chosen), list(map(_reported, chosen)))


def _learned(weights: str) -> str:
    return f"learned, {weights}"


def _at_best_rate(records: list[StudyRecord]) -> list[StudyRecord]:
    """The finished runs with the learning rate that is the best on held-out data."""
    rates = dict.fromkeys(record.values.get("lr") for record in records)
    groups = {rate: tuple(record for record in records if record.values.get("lr") == rate) for rate in rates}
    rate = best({rate: Evidence(group) for rate, group in groups.items()}, held_out_draws)
    return list(finished(groups.get(rate, ())))


def _reported(record: StudyRecord) -> float:
    assert record.result is not None
    return record.result.reported


def _density(records: list[StudyRecord]) -> float:
    return fmean(record.result.density for record in records if record.result is not None)


def _of(records: Records, **point: str | None) -> Records:
    return tuple(record for record in records if all(record.values.get(name) == value for name, value in point.items()))
