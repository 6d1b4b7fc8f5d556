"""What a method measured on its own account, as lists of settings and tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from tombola.errors import is_number
from tombola.report.figures.settings import Setting
from tombola.report.names import shortened

Scalar = str | int | float | bool | None
Row = dict[str, Scalar]

_LONGEST = 200
_MOST_IN_A_LINE = 16
_MOST_COLUMNS = 12


@dataclass(frozen=True)
class MeasuredGroup:
    """Numbers and words that belong together; the first group has no title."""

    title: str
    lines: tuple[Setting, ...]


@dataclass(frozen=True)
class MeasuredTable:
    """Rows with the same kind of things in them; a row may lack some of the columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def cells(self, row: Row) -> tuple[str, ...]:
        """The texts of one row, one a column."""
        return tuple(_text(row[column]) if column in row else "" for column in self.columns)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds numbers alone, so that it is set to the right."""
        values = ([row.get(column) for row in self.rows] for column in self.columns)
        return tuple(all(value is None or is_number(value) for value in each) for each in values)


@dataclass(frozen=True)
class Measured:
    """Everything a method measured that is not too deeply nested to be shown."""

    groups: tuple[MeasuredGroup, ...]
    tables: tuple[MeasuredTable, ...]

    def __bool__(self) -> bool:
        return bool(self.groups or self.tables)


def measured(figures: Mapping[str, JsonValue]) -> Measured:
    """Scalars, and short lists of them, make the first group; mappings of them one each; lists of rows tables.

    >>> found = measured({"draws": 10, "chosen": {"threshold": 0.2}, "sweep": [{"kept": 9}], "deep": {"a": {"b": 1}}})
    >>> [(group.title, [line.path for line in group.lines]) for group in found.groups]
    [('', ['draws']), ('chosen', ['threshold'])]
    >>> [(table.title, table.columns) for table in found.tables]
    [('sweep', ('kept',))]
    """
    groups = (MeasuredGroup("", _lines(figures)), *_mappings(figures))
    return Measured(tuple(group for group in groups if group.lines), tuple(_tables(figures)))


def _lines(values: Mapping[str, JsonValue]) -> tuple[Setting, ...]:
    texts = ((name, _line_text(value)) for name, value in values.items())
    return tuple(Setting(_words(name), text) for name, text in texts if text is not None)


def _mappings(figures: Mapping[str, JsonValue]) -> Iterator[MeasuredGroup]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield MeasuredGroup(_words(name), _lines(value))


def _tables(figures: Mapping[str, JsonValue]) -> Iterator[MeasuredTable]:
    for name, value in figures.items():
        rows = [_flat(row) for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        columns = tuple(dict.fromkeys(column for row in rows for column in row))[:_MOST_COLUMNS]
        if columns:
            yield MeasuredTable(_words(name), columns, tuple(rows))


def _flat(row: Mapping[str, JsonValue]) -> Row:
    return {name: value for name, value in row.items() if not isinstance(value, dict | list)}


def _line_text(value: JsonValue) -> str | None:
    """One line for a scalar or a short list of them; None for anything deeper or longer."""
    if isinstance(value, dict):
        return None
    if not isinstance(value, list):
        return _text(value)
    if not value or len(value) > _MOST_IN_A_LINE or any(isinstance(item, dict | list) for item in value):
        return None
    return ", ".join(_text(item) for item in value if not isinstance(item, dict | list))


def _text(value: Scalar) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return shortened(value, _LONGEST)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**15 else f"{float(value):.5g}" if abs(value) < 10**300 else "very large"
    return f"{value:.5g}"


def _words(name: str) -> str:
    """A key in plain words; the name of a tensor stays as it is."""
    return shortened(name if "." in name else name.replace("_", " ").strip() or name, _LONGEST)
