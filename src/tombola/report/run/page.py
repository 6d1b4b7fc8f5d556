"""The page of a run: one file that needs no network, no server and no other file."""

from pathlib import Path

import torch

from tombola import files
from tombola.errors import RunFolderError
from tombola.records.run_record import RunRecord
from tombola.report.figures import (
    comparison,
    headline,
    is_within_epochs,
    layer_bars,
    learning_words,
    settings,
    size_bars,
)
from tombola.report.rendering import Home, Renderer
from tombola.report.rendering import render as render_live
from tombola.report.words import loss_text, metric_text


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


def render_report(
    record: RunRecord,
    first_mask: torch.Tensor | None = None,
    *,
    render: Renderer = render_live,
    home: Home | None = None,
) -> str:
    """The page as text.

    Args:
        record: of a finished run.
        first_mask: bool, the mask of the layer that sees the input; without it the picture is left out.
        render: how its charts are drawn.
        home: the page that this one belongs to.
    """
    from tombola.report import panels  # these bring Altair
    from tombola.report.run.level_part import level_part
    from tombola.report.run.mask_panel import mask_picture
    from tombola.report.run.measured_part import measured_part
    from tombola.report.run.verdict_part import verdict_part

    layer, found, verified = record.result.first_layer, headline(record), record.verification
    return render(
        "report.html.jinja",
        title=found.title,
        home=home,
        record=record,
        result=record.result,
        headline=found,
        verdict=verdict_part(verified) if verified and verified.is_of(record.result.digest) else None,
        comparison=comparison(record),
        metric_text=metric_text,
        loss_text=loss_text,
        within_epochs=is_within_epochs(record.epochs),
        levels=level_part(record),
        learning=learning_words(record),
        curves=panels.curve_panels(record),
        layers=layer_bars(record),
        layer_panels=panels.layer_panels(record),
        scores=panels.score_panels(record),
        mask=None if first_mask is None or layer is None else mask_picture(layer, first_mask),
        measured=measured_part(record.result.figures),
        sizes=size_bars(record),
        settings=settings(record.spec),
        environment=settings(record.result.environment),
        audit_words=_audit_words(record),
    )


def _audit_words(record: RunRecord) -> str:
    audit, trained = record.result.audit, record.result.trained
    if audit is None:
        return ""
    if audit.equal:
        return "equal: " + ("the ticket’s weights are the initial ones" if trained else "the search changed no weight")
    return "different: " + ("the ticket’s weights are not the initial ones" if trained else "the method trains weights")
