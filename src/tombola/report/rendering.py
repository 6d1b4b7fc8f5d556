"""From a template and values to a page: one file that needs no network, no server and no other file."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tombola.printable import printable
from tombola.report.words import bytes_text, metric_words, seconds_text

if TYPE_CHECKING:
    from tombola.report.panels import Panel

_TEMPLATES = Path(__file__).parent / "templates"

Renderer = Callable[..., str]


@dataclass(frozen=True)
class Home:
    """The page that another belongs to: its address and its title, and what the other is called there."""

    href: str
    title: str
    place: str


def render(template: str, **values: Any) -> str:
    """A page as text, whose charts answer the pointer; whatever the values hold is escaped."""
    script = _script()
    return _rendered(template, _live, script=script, script_hash=_csp_hash(script), **values)


def render_still(template: str, **values: Any) -> str:
    """A page as text, whose charts are pictures: small, and without any script."""
    return _rendered(template, _still, script=None, **values)


def _rendered(template: str, drawn: Callable[["Panel", str], str], **values: Any) -> str:
    return str(_environment(drawn).get_template(template).render(**values))


@cache
def _environment(drawn: Callable[["Panel", str], str]) -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        finalize=_printable,
    )
    environment.globals["drawn"] = drawn
    environment.filters |= {"bytes": bytes_text, "seconds": seconds_text, "words": metric_words}
    return environment


def _printable(value: object) -> object:
    """What a page says, line by line; markup of our own stays as it is."""
    return "\n".join(map(printable, value.split("\n"))) if type(value) is str else value


def _live(panel: "Panel", name: str) -> str:
    """A chart's place, and its specification, which the page's script draws."""
    from markupsafe import Markup

    place = Markup('<div class="plot" role="img" aria-label="{}" data-chart="{}"></div>').format(
        panel.description, name
    )
    return place + Markup('<script type="application/json" id="{}">{}</script>').format(name, _json(panel.chart))


def _still(panel: "Panel", _: str) -> str:
    """A chart as a picture, in the colours of the page's style sheet."""
    import vl_convert
    from markupsafe import Markup

    # Vega escapes what it writes into a picture.
    svg = Markup(vl_convert.vegalite_to_svg(panel.still))
    return Markup('<div class="plot" role="img" aria-label="{}">{}</div>').format(panel.description, svg)


def _json(value: Any) -> str:
    from jinja2.utils import htmlsafe_json_dumps

    return htmlsafe_json_dumps(value)


@cache
def _script() -> str:
    """Vega and the few lines that start it, about 0.9 MB; it holds no `</script`, so it can stand in a page."""
    import vl_convert

    bundle: Any = vl_convert.javascript_bundle((_TEMPLATES / "charts.js").read_text(encoding="utf-8"))
    return "\n" + str(bundle).replace("\r", "") + "\n"


def _csp_hash(script: str) -> str:
    """The content security policy's name for one script: no other will run in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
