"""The means of runs that no figure is drawn of, in numbers: nothing varies among them that an axis could show."""

from collections.abc import Iterable
from dataclasses import replace

from tombola.claims.ledger import published_beside
from tombola.records import StudyRecord
from tombola.report.figures.study import PANES, by_place, mean_of, panes, plain_values, short, study_figures
from tombola.report.figures.table import Cell, Table, cell, published_text
from tombola.report.words import metric_words

Records = list[StudyRecord]


def means_tables(records: Iterable[StudyRecord]) -> tuple[Table, ...]:
    """A table of each model whose runs have no figure: a row for each place in the study, with what was published."""
    return tuple(_table(pane, finished) for pane, own in panes(records).items() if (finished := _undrawn(own)))


def _undrawn(records: Records) -> Records:
    return [] if study_figures(records) else [record for record in records if record.result is not None]


def _table(pane: str, records: Records) -> Table:
    result = records[0].result
    assert result is not None
    title = f"{result.evaluated_on} {metric_words(result.metric)}"
    groups: dict[str, Records] = {}
    for record in sorted(records, key=by_place):
        groups.setdefault(record.whole_place, []).append(record)
    rows = tuple((_name(group[0]), _cells(group, result.metric)) for group in groups.values())
    columns = ("run", title, "published", "loss", "replicates")
    return Table(f"{pane}: {title}" if pane else title, columns, rows)


def _cells(group: Records, metric: str) -> tuple[Cell, ...]:
    theirs = published_beside(group[0], metric)
    ours, loss = (mean_of("", "", group, quantity) for quantity in ("metric", "loss"))
    assert ours is not None  # all of them finished
    return (
        replace(cell(metric, ours, theirs), published=""),
        Cell(published_text(metric, theirs) or "–"),
        Cell("–") if loss is None else cell("loss", loss, None),
        Cell(str(ours.replicates)),
    )


def _name(record: StudyRecord) -> str:
    """The arm and the values of its axes, but for the model, which the table's title has."""
    values = (short(name, value) for name, value in plain_values(record).items() if name not in PANES)
    return ", ".join((record.arm, *values))
