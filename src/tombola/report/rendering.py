"""From a template and values to a page: one file that needs no network, no server and no other file."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from tombola.report.words import bytes_text, metric_words, seconds_text

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """A page as text; whatever the values hold is escaped."""
    import jinja2

    script = _script()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"bytes": bytes_text, "seconds": seconds_text, "words": metric_words}
    return environment.get_template(template).render(script=script, script_hash=_csp_hash(script), **values)


@cache
def _script() -> str:
    """Vega and the few lines that start it, about 0.9 MB; it holds no `</script`, so it can stand in a page."""
    import vl_convert

    bundle: Any = vl_convert.javascript_bundle((_TEMPLATES / "charts.js").read_text())
    return "\n" + str(bundle).replace("\r", "") + "\n"


def _csp_hash(script: str) -> str:
    """The content security policy's name for one script: no other will run in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
