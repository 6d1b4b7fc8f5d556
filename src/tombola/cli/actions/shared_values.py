"""One evaluation over shared weight values, from the options of `eval` to what is printed."""

import math
import sys
from contextlib import redirect_stdout
from typing import Any

from tombola import data as datasets
from tombola.api import weight_agnostic
from tombola.cli.actions.evaluate import opened
from tombola.cli.actions.printing import plain_table, print_json, print_line, print_table
from tombola.cli.commands.evaluate import Eval
from tombola.errors import UsageError
from tombola.report.words import loss_text, metric_text, metric_words
from tombola.training import Scores
from tombola.verification import WeightAgnosticScores, setting_of


def run(options: Eval) -> None:
    """Evaluate, and print the figures in the form that was asked for."""
    with redirect_stdout(sys.stderr):
        path, ticket, model = opened(options)
        data = datasets.load(options.data)
        found = weight_agnostic(ticket, data, model, options.shared_values, options.signs)
        metric = setting_of(ticket.spec, data, {}).task.metric.name
    _check_finite(found, metric)
    if options.json:
        print_json(_record(found, metric) | {"signs": options.signs, "ticket": str(path), "digest": ticket.digest})
    elif options.quiet:
        print_line(str(found.mean.metric))
    else:
        _show(found, metric)


def _check_finite(found: WeightAgnosticScores, metric: str) -> None:
    """Refuse figures of outputs that overflowed: they are none, and JSON has no word for them.

    Raises:
        UsageError: naming the value.
    """
    rows = [(f"the shared value {row.value:g}", row.scores) for row in found.rows]
    over = [(f"the {name} over the shared values", getattr(found, name)) for name in ("mean", "deviation", "ensemble")]
    for what, scores in [*rows, *over, (f"the tuned value {found.tuned_value:g}", found.tuned)]:
        for name, figure in _figures(scores, metric).items():
            if not math.isfinite(figure):
                raise UsageError(f"{what} gives a {metric_words(name)} that is not finite: give values nearer to 0")


def _figures(scores: Scores, metric: str) -> dict[str, float]:
    return {metric: scores.metric, "loss": scores.loss}


def _record(found: WeightAgnosticScores, metric: str) -> dict[str, Any]:
    return {
        "split": found.evaluated_on,
        "values": [{"value": row.value} | _figures(row.scores, metric) for row in found.rows],
        "mean": _figures(found.mean, metric),
        "deviation": _figures(found.deviation, metric),
        "ensemble": _figures(found.ensemble, metric),
        "tuned_value": found.tuned_value,
        "tuned": _figures(found.tuned, metric),
    }


def _show(found: WeightAgnosticScores, metric: str) -> None:
    table = plain_table(("weights", False), (f"{found.evaluated_on} {metric_words(metric)}", True), ("loss", True))
    rows = [(f"all {row.value:g}", row.scores) for row in found.rows]
    rows += [("mean over the values", found.mean), ("ensemble of the values", found.ensemble)]
    rows += [(f"tuned on validation: {found.tuned_value:.4g}", found.tuned)]
    for name, scores in rows:
        table.add_row(name, metric_text(metric, scores.metric), loss_text(scores.loss))
    print_table(table)
