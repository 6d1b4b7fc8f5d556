"""One run of `find`, shown."""

from pathlib import Path

from tombola.cli.actions.printing import (
    comparison_table,
    figures_text,
    paths_lines,
    print_json,
    print_line,
    print_table,
)
from tombola.cli.actions.records import summary
from tombola.cli.actions.search import FinishedSearch, search
from tombola.cli.commands.find import Find
from tombola.report.words import seconds_text


def run(options: Find) -> None:
    """Search, and print the result in the form that was asked for."""
    output = options.output
    outcome = search(options, options.seed, Path(output.out) if output.out else None)
    if output.json:
        print_json(summary(outcome))
    elif output.quiet:
        print_line(str(outcome.folder.ticket))
    else:
        _show(outcome)


def _show(outcome: FinishedSearch) -> None:
    result = outcome.result
    if outcome.was_finished:
        print_line("finished before; nothing was run")
    took = seconds_text(result["seconds"])
    print_line(
        f"{figures_text(outcome.figures)} with {result['kept']:,} of {result['prunable']:,} weights, found in {took}"
    )
    print_table(comparison_table(result))
    for line in paths_lines(outcome):
        print_line(line)
