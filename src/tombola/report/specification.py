"""From a chart to its specification, whose text may come from a file."""

from typing import TYPE_CHECKING, Any

from tombola.printable import printable

if TYPE_CHECKING:
    import altair as alt

# What looks like one: Vega-Lite does not escape a backslash in the titles that it makes expressions of.
_BACKSLASH = "\N{SET MINUS}"


def specification(chart: "alt.TopLevelMixin") -> dict[str, Any]:
    """A chart as Vega-Lite, its text and that of its data such as every picture and every expression can hold."""
    spec: dict[str, Any] = _drawable(chart.to_dict())
    return spec


def _drawable(part: Any) -> Any:
    if isinstance(part, str):
        return printable(part).replace("\\", _BACKSLASH)
    if isinstance(part, dict):
        return {name: _drawable(each) for name, each in part.items()}
    return [_drawable(each) for each in part] if isinstance(part, list) else part
