"""Figure 8 and table 2, and figures 9 and 10, of What's Hidden in a Randomly Weighted Neural Network?"""

from collections.abc import Iterable
from itertools import groupby

from tombola.claims.ledger import published_beside
from tombola.records import StudyRecord
from tombola.report.figures.papers.paper_figures import (
    PaperFigure,
    PaperFigures,
    PaperTable,
    finished,
    mean_point,
    series,
)
from tombola.report.figures.papers.scale import densities_text, scale_text
from tombola.report.figures.series import SeriesPoint
from tombola.report.figures.table import Cell, Table, cell

Records = tuple[StudyRecord, ...]
POPUP, DENSE, MILLION = "edge-popup", "dense", 1e6
NEEDS = "it needs finished runs, none is recorded"


def figure_8(records: Records) -> PaperFigures:
    """Accuracy over the parameters of subnetworks and of dense networks, and the same as a table."""
    groups = _groups(finished(records), "model", "weights")
    points = [
        mean_point(str(group[0].values.get("weights", "trained, dense")), _millions(group), _metrics(group))
        for group in groups
    ]
    ordered = sorted(points, key=lambda point: (point.line, float(point.x)))
    found = series("accuracy", "test accuracy", "parameters kept, in millions", ordered)
    popup = [record for record in finished(records) if record.arm == POPUP]
    words = f"Subnetworks{densities_text(popup)} beside dense networks. {scale_text(finished(records))}"
    figure = PaperFigure("Figure 8", words, found, "" if found else NEEDS)
    table = Table("Networks on ImageNet", ("network", "parameters", "accuracy"), tuple(map(_row, groups)))
    theirs = " Beneath ours, the published." if any(published_beside(group[0]) for group in groups) else ""
    part = PaperTable("Table 2", f"{words}{theirs}", table if groups else None, figure.missing)
    return PaperFigures((figure,), (part,))


def figures_9_and_10(records: Records) -> PaperFigures:
    """Accuracy over density, unscaled beside learned Bernoulli masks, and scaled beside unscaled."""
    given = finished(records)
    popup = tuple(record for record in given if record.arm == POPUP)
    learned = tuple(record for record in given if record.arm == "bernoulli")
    plain = tuple(record for record in popup if record.values.get("scaled") is False)
    return PaperFigures(
        (
            _over_density("Figure 9", "Density, and learned Bernoulli masks at theirs", [*plain, *learned], "weights"),
            _over_density("Figure 10", "The same weights with and without the scale √(1/density)", popup, "scaled"),
        )
    )


def _over_density(name: str, words: str, records: Iterable[StudyRecord], told_by: str) -> PaperFigure:
    given = tuple(records)
    points = [
        SeriesPoint(_line(group[0], told_by), _density(group), *_mean(group))
        for group in _groups(given, "weights", "scaled", "density")
    ]
    ordered = sorted(points, key=lambda point: (point.line, float(point.x)))
    found = series("accuracy", "test accuracy", "density", ordered)
    return PaperFigure(name, f"{words}. {scale_text(given)}", found, "" if found else NEEDS)


def _mean(group: Records) -> tuple[float, float | None, int]:
    point = mean_point("", 0.0, _metrics(group))
    return point.mean, point.deviation, point.replicates


def _line(record: StudyRecord, told_by: str) -> str:
    if record.arm != POPUP:
        return record.arm
    weights = str(record.values.get("weights", ""))
    return weights if told_by == "weights" or not record.values.get("scaled") else f"{weights}, scaled"


def _row(group: Records) -> tuple[str, tuple[Cell, ...]]:
    first = group[0]
    name = (
        ", ".join(str(value) for value in first.values.values())
        if first.arm == POPUP
        else f"{first.values.get('model', 'unnamed model')}, dense"
    )
    ours, kept = mean_point("", "", _metrics(group)), mean_point("", "", [_millions(group)])
    theirs, size = published_beside(first), published_beside(first, "millions")
    return name, (
        Cell(f"{kept.mean:.1f} M", "" if size is None else f"{size.value:g} M", kept, size),
        cell("accuracy", ours, theirs),
    )


def _groups(records: Records, *axes: str) -> list[Records]:
    """Runs that differ in nothing but the seed."""

    def place(record: StudyRecord) -> str:
        return repr((record.arm, *(record.values.get(axis) for axis in axes)))

    return [tuple(group) for _, group in groupby(sorted(records, key=place), key=place)]


def _metrics(group: Records) -> list[float]:
    return [record.result.reported for record in group if record.result is not None]


def _density(group: Records) -> float:
    found = [record.result.density for record in group if record.result is not None]
    return sum(found) / len(found)


def _millions(group: Records) -> float:
    found = [record.result.kept for record in group if record.result is not None]
    return sum(found) / len(found) / MILLION
