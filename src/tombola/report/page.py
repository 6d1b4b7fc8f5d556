"""The page of a run: one file that needs no network, no server and no other file."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import torch

from tombola import files
from tombola.errors import RunFolderError
from tombola.report.figures import comparison, headline, layer_bars, settings, size_bars
from tombola.report.records import RunRecord
from tombola.report.words import bytes_text, loss_text, metric_text, metric_words, seconds_text

_TEMPLATES = Path(__file__).parent / "templates"


def write_report(folder: str | Path) -> Path:
    """Write `report.html` into a run's folder from the records and the ticket found there.

    Returns:
        The path of the page.

    Raises:
        RunFolderError: where a record is missing or damaged, or the folder cannot be written.
        TicketError: where the ticket is missing or damaged.
    """
    record = RunRecord.read(folder)
    path = Path(folder) / "report.html"
    files.write_text(path, render_report(record, read_first_mask(record)))
    return path


def read_first_mask(record: RunRecord) -> torch.Tensor | None:
    """The first layer's mask from the run's ticket; None where the run recorded no first layer.

    Raises:
        TicketError: where the ticket is missing or damaged.
        RunFolderError: where it belongs to another network.
    """
    from tombola import ticket

    layer = record.result.first_layer
    if layer is None:
        return None
    path = record.folder / "ticket"
    mask = ticket.load(path).mask
    if layer.name not in mask or tuple(mask[layer.name].shape) != layer.shape:
        raise RunFolderError(f"{path} has no tensor {layer.name!r} of shape {layer.shape}: it is of another network")
    return mask[layer.name]


def render_report(record: RunRecord, first_mask: torch.Tensor | None = None) -> str:
    """The page as text.

    Args:
        record: of a finished run.
        first_mask: bool, the mask of the layer that sees the input; without it the picture is left out.
    """
    import jinja2

    from tombola.report import mask_panel, panels  # bring Altair

    script, layer = _script(), record.result.first_layer
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"bytes": bytes_text, "seconds": seconds_text, "words": metric_words}
    return environment.get_template("report.html.jinja").render(
        record=record,
        result=record.result,
        headline=headline(record),
        comparison=comparison(record),
        metric_text=metric_text,
        loss_text=loss_text,
        curves=panels.curve_panels(record),
        layers=layer_bars(record),
        layer_panels=panels.layer_panels(record),
        scores=panels.score_panels(record),
        mask=None if first_mask is None or layer is None else mask_panel.mask_picture(layer, first_mask),
        sizes=size_bars(record),
        settings=settings(record.spec),
        environment=settings(record.result.environment),
        script=script,
        script_hash=_csp_hash(script),
    )


@cache
def _script() -> str:
    """Vega and the few lines that start it, about 0.9 MB; it holds no `</script`, so it can stand in a page."""
    import vl_convert

    bundle: Any = vl_convert.javascript_bundle((_TEMPLATES / "charts.js").read_text())
    return "\n" + str(bundle).replace("\r", "") + "\n"


def _csp_hash(script: str) -> str:
    """The content security policy's name for one script: no other will run in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
