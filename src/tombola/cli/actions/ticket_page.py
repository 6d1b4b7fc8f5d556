"""A ticket as JSON and as text."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tombola.cli.actions.printing import figures_text, plain_table, print_json, print_line, print_table, sizes_text
from tombola.report.words import bytes_text
from tombola.ticket import Ticket
from tombola.training.identity import leaves
from tombola.weights import Recipe

__all__ = ["describe", "print_json", "print_line", "print_page"]
Record = dict[str, Any]


def describe(path: Path, ticket: Ticket) -> Record:
    """All that a ticket says."""
    mask, named = ticket.mask, ticket.architecture
    return {
        "ticket": str(path),
        "architecture": {"name": named.name, "arguments": dict(named.arguments), "builtin": named.builtin},
        "weights": _weights(ticket),
        "density": mask.density,
        "kept": mask.kept(),
        "prunable": mask.numel(),
        "layers": [_layer(ticket, name) for name in mask],
        "state": {name: list(tensor.shape) for name, tensor in ticket.state.items()},
        "sizes": ticket.sizes(),
        "digest": ticket.digest,
        "mask_digest": mask.digest(),
        "weights_digest": ticket.weights_digest,
        "metrics": dict(ticket.metrics),
        "provenance": dict(ticket.provenance),
        "spec": dict(ticket.spec),
    }


def print_page(path: Path, ticket: Ticket) -> None:
    """All of it for a reader."""
    about = describe(path, ticket)
    for name, text in _head(about):
        print_line(f"{name:<11} {text}")
    table = plain_table(("layer", False), ("shape", False), ("prunable", True), ("kept", True), ("density", True))
    for row in about["layers"]:
        shape = " × ".join(map(str, row["shape"]))
        table.add_row(row["name"], shape, f"{row['prunable']:,}", f"{row['kept']:,}", f"{row['density']:.4g}")
    print_table(table)
    for name in ("digest", "mask_digest", "weights_digest"):
        print_line(f"{name.replace('_', ' '):<15} {about[name]}")
    for title in ("provenance", "spec"):
        print_line("")
        print_line(title)
        for name, value in leaves(about[title]):
            print_line(f"  {name:<26} {value}")


def _head(about: Record) -> Iterator[tuple[str, str]]:
    yield "ticket", about["ticket"]
    yield "network", _arguments(about["architecture"]["name"], about["architecture"]["arguments"])
    recipe = dict(about["weights"])
    yield "weights", _arguments(recipe.pop("distribution"), recipe)
    yield "kept", f"{about['kept']:,} of {about['prunable']:,} weights, density {about['density']:.4g}"
    yield "size", f"{sizes_text(about['sizes'])}; entropy of the mask {bytes_text(about['sizes']['entropy_bytes'])}"
    yield "measured", _measured(about["metrics"])


def _measured(metrics: Mapping[str, Any]) -> str:
    try:
        text = figures_text(metrics)
    except (KeyError, TypeError, ValueError):  # a ticket may say anything of itself, or nothing
        return json.dumps(metrics) if metrics else "nothing is recorded"
    return f"{text} (by whoever made it)"


def _weights(ticket: Ticket) -> Record:
    return ticket.weights.to_spec() if isinstance(ticket.weights, Recipe) else {"distribution": "in the file"}


def _layer(ticket: Ticket, name: str) -> Record:
    mask = ticket.mask
    counts = {"prunable": mask.numel(name), "kept": mask.kept(name)}
    asked = {"density": counts["kept"] / max(1, counts["prunable"]), "density_asked": ticket.densities[name]}
    return {"name": name, "shape": list(mask.shapes[name]), **counts, **asked}


def _arguments(name: str, arguments: Mapping[str, Any]) -> str:
    listed = ", ".join(f"{key}={value}" for key, value in arguments.items())
    return f"{name} ({listed})" if listed else name
