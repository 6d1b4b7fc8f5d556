"""One evaluation, from the options of `eval` to what is printed."""

import sys
from contextlib import redirect_stdout
from typing import Any

from tombola.api import evaluate
from tombola.cli.actions.printing import figures_text, print_json, print_line
from tombola.cli.actions.tickets import open_ticket
from tombola.cli.commands.evaluate import Eval
from tombola.cli.parsing.pairs import value_pairs
from tombola.errors import UsageError
from tombola.models import find_model


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


def _evaluate(options: Eval) -> dict[str, Any]:
    # Whatever a user's own model prints must not end up among the results.
    with redirect_stdout(sys.stderr):
        path, ticket = open_ticket(options.ticket)
        if options.model is None and not ticket.architecture.builtin:
            name = ticket.architecture.name
            raise UsageError(f"{path} is of {name!r}, which is not one of ours: give what makes it, --model {name}")
        arguments = value_pairs("--model-arguments", options.model_arguments)
        model = find_model(options.model, arguments).make() if options.model else None
        figures = evaluate(ticket, options.data, model, options.split)
    return figures | {"ticket": str(path), "digest": ticket.digest}


def _metric(figures: dict[str, Any], split: str) -> str:
    keys = (key.removeprefix(f"{split}_") for key in figures if key.startswith(f"{split}_"))
    return next(key for key in keys if key != "loss")
