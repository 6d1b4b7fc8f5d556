"""What a method measured: shown where it is flat enough, passed over where not."""

import base64
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.report.test_report_page import HOSTILE, Page

from tombola.report import RunRecord, render_report
from tombola.report.figures import measured
from tombola.report.run.measured_part import measured_part

Read = Callable[[dict[str, Any]], RunRecord]
FIGURES: dict[str, Any] = {
    "draws": 10000,
    "test_accuracy_mean": 0.123456789,
    "is_best": True,
    "nothing": None,
    "chosen_of_slot": [3, 1, 4],
    "early_stop": {"step": 20, "validation_loss": 0.5, "deep": {"er": 1}},
    "kept": {"fc1.weight_orig": 6},
    "sweep": [{"threshold": 0.1, "kept": 9}, {"threshold": 0.2, "kept": 0, "skipped": "nothing is kept"}],
    "deep": {"a": {"b": [1]}},
    "empty": [],
    "long": list(range(100)),
    "matrix": [[1, 2], [3, 4]],
}


def test_scalars_and_mappings_are_lists() -> None:
    first, second, third = measured(FIGURES).groups
    assert [(line.path, line.value) for line in first.lines] == [
        ("draws", "10,000"),
        ("test accuracy mean", "0.12346"),
        ("is best", "yes"),
        ("nothing", "–"),
        ("chosen of slot", "3, 1, 4"),
    ]
    assert (second.title, [(line.path, line.value) for line in second.lines]) == (
        "early stop",
        [("step", "20"), ("validation loss", "0.5")],
    )
    assert [line.path for line in third.lines] == ["fc1.weight_orig"]


def test_lists_of_rows_are_tables() -> None:
    (table,) = measured(FIGURES).tables
    assert (table.title, table.columns) == ("sweep", ("threshold", "kept", "skipped"))
    assert [table.cells(row) for row in table.rows] == [("0.1", "9", ""), ("0.2", "0", "nothing is kept")]
    assert table.numeric == (True, True, False)


def test_nothing_measured_is_no_part() -> None:
    assert measured_part({}) is None
    assert measured_part({"deep": {"a": {"b": 1}}}) is None


def test_a_long_table_is_cut_and_its_file_is_not() -> None:
    part = measured_part({"rows": [{"index": index} for index in range(500)]})
    assert part is not None
    (table,) = part.tables
    assert (len(table.rows), table.total) == (200, 500)
    assert len(base64.b64decode(table.file.split(",", 1)[1]).split()) == 501


def test_on_the_page(files: dict[str, Any], read: Read) -> None:
    files["result.json"]["figures"] = FIGURES
    words = Page(render_report(read(files))).words
    for expected in ("Measured by the method", "chosen of slot", "3, 1, 4", "nothing is kept", "2 rows"):
        assert expected in words


def test_hostile_figures_stay_text(files: dict[str, Any], read: Read) -> None:
    files["result.json"]["figures"] = {HOSTILE: HOSTILE, "rows": [{HOSTILE: HOSTILE}], "more": {HOSTILE: [HOSTILE]}}
    page = Page(render_report(read(files)))
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert page.words.count(HOSTILE) == 6


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=30,
)


@given(st.dictionaries(st.text(max_size=5), anything, max_size=5))
def test_no_figures_are_too_strange(figures: dict[str, Any]) -> None:
    part = measured_part(figures)
    if part is not None:
        assert part.groups or part.tables
        assert all(len(row) == len(table.columns) for table in part.tables for row in table.rows)
