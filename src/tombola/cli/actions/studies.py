"""`tombola study` without a name: what there is to run."""

from tombola.cli.actions.printing import plain_table, print_json, print_line, print_table
from tombola.cli.commands.study import Study as Options
from tombola.cli.parsing.options import options_of
from tombola.errors import UsageError
from tombola.studies.papers import PAPERS


def run(options: Options) -> None:
    """List all studies of papers."""
    given = (option for option in options_of(Options) if option.value(options) != option.default)
    if of_one := next((option.flag for option in given if option.flag != "--json"), None):
        raise UsageError(f"{of_one} is of one study: give its name, such as density-lenet")
    if options.json:
        print_json([{"study": study.name, "title": study.title, "claims": study.claims} for study in PAPERS.values()])
        return
    table = plain_table(
        ("study", False), ("what it is", False), ("claims", False), ("runs: laptop", True), ("paper", True)
    )
    for study in PAPERS.values():
        counts = (f"{study.count(preset):,}" for preset in ("laptop", "paper"))
        table.add_row(study.name, study.title, " ".join(study.claims), *counts)
    print_table(table)
    print_line("presets: tiny, laptop, paper; `tombola study NAME --preset laptop --dry-run` says how long one takes")
