"""The text of a chart comes from files: nothing in it breaks a picture or an expression."""

from xml.etree import ElementTree

import altair as alt
import pytest
import vl_convert

from tombola.report.specification import specification

ODD = {
    "escape": ("a\x1b[31mb", "a∖x1b[31mb"),
    "nothing": ("a\0b", "a∖x00b"),
    "no character": ("a\ufffeb", "a∖ufffeb"),
    "turned": ("a\u202eb", "a∖u202eb"),
    "line": ("a\nb", "a∖nb"),
    "other line": ("a\u2028b", "a∖u2028b"),
    "backslash": ("a\\", "a∖"),
    "end of a text": ('a\\"+b', 'a∖"+b'),
}


@pytest.mark.parametrize(("text", "shown"), ODD.values(), ids=ODD)
def test_text_of_any_kind_is_drawn(text: str, shown: str) -> None:
    base = alt.Chart(alt.InlineData(values=[{"name": text, "value": 1}]), title=text).mark_bar()
    chart = base.encode(
        x=alt.X("value", type="quantitative", title=text),
        y=alt.Y("name", type="nominal", sort=[text]),
        tooltip=alt.Tooltip("value", type="quantitative", title=text),
    )
    spec = specification(chart)
    assert spec["title"] == spec["encoding"]["tooltip"]["title"] == shown
    (rows,) = spec["datasets"].values()
    assert spec["encoding"]["y"]["sort"] == [row["name"] for row in rows] == [shown]
    drawn = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec))
    texts = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count(shown) == 3, "of the chart, of an axis, and of a bar"


def test_all_else_of_a_chart_stays_as_it_is() -> None:
    chart = alt.Chart(alt.InlineData(values=[{"x": 0.5, "y": None, "ticket": True}])).mark_point()
    chart = chart.encode(x=alt.X("x", type="quantitative", title="density – 1 ± ½", axis=None))
    assert specification(chart) == chart.to_dict()
