"""One evaluation, from the options of `eval` to what is printed."""

import math
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from torch import nn

from tombola.api import evaluate
from tombola.cli.actions.printing import figures_text, print_json, print_line
from tombola.cli.actions.tickets import open_ticket
from tombola.cli.commands.evaluate import Eval
from tombola.cli.parsing.pairs import value_pairs
from tombola.errors import UsageError
from tombola.models import find_model
from tombola.report.words import metric_words
from tombola.ticket import Ticket


def run(options: Eval) -> None:
    """Evaluate, and print the figures in the form that was asked for."""
    figures = _evaluate(options)
    if options.json:
        print_json(figures)
        return
    split, metric = options.split, _metric(figures, options.split)
    if options.quiet:
        print_line(str(figures[f"{split}_{metric}"]))
        return
    text = figures_text(figures | {"evaluated_on": split, "metric": metric})
    print_line(f"{text} on {figures['examples']:,} examples of {figures['data']}")


def opened(options: Eval) -> tuple[Path, Ticket, nn.Module | None]:
    """Path, ticket and model that the options name; no model where the ticket's is one of ours.

    Raises:
        UsageError: where the ticket needs a model and none is given.
    """
    path, ticket = open_ticket(options.ticket)
    if options.model is None and not ticket.architecture.builtin:
        # Not the ticket's own name for it: whoever wrote the file would choose what is imported.
        raise UsageError(
            f"{path} is of {ticket.architecture.name!r}, which is not one of ours: "
            "give what makes it, --model package.module:callable"
        )
    arguments = value_pairs("--model-arguments", options.model_arguments)
    return path, ticket, find_model(options.model, arguments).make() if options.model else None


def _evaluate(options: Eval) -> dict[str, Any]:
    # Whatever a user's own model prints must not end up among the results.
    with redirect_stdout(sys.stderr):
        path, ticket, model = opened(options)
        figures = evaluate(ticket, options.data, model, options.split)
    for name, figure in figures.items():
        if isinstance(figure, float) and not math.isfinite(figure):
            raise UsageError(
                f"{path} gives a {metric_words(name)} that is not finite, {figure}: look at its weights and the data"
            )
    return figures | {"ticket": str(path), "digest": ticket.digest}


def _metric(figures: dict[str, Any], split: str) -> str:
    keys = (key.removeprefix(f"{split}_") for key in figures if key.startswith(f"{split}_"))
    return next(key for key in keys if key != "loss")
