"""`tombola verify`, done and shown."""

import shlex
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout

from torch import nn

from tombola.api.verify import Verified, verify
from tombola.cli.actions.printing import plain_table, print_json, print_line, print_table
from tombola.cli.commands.verify import Verify
from tombola.cli.parsing.options import options_of
from tombola.cli.parsing.pairs import value_pairs
from tombola.errors import UsageError
from tombola.models import find_model
from tombola.training import Progress
from tombola.training.progress import LiveProgress


def run(options: Verify) -> int | None:
    """Verify, and print what was found in the form that was asked for.

    Returns:
        1 where a run's audit failed, whatever the verdict.
    """
    progress = Progress() if options.quiet else LiveProgress()
    with redirect_stdout(sys.stderr), progress:
        done = verify(
            options.ticket,
            options.data,
            model=_model(options),
            replicates=options.replicates,
            controls=_words(options.controls),
            levels=_levels(options.levels),
            definition=options.definition,
            trained=True if options.train else False if options.as_it_is else None,
            out=options.out,
            progress=progress,
            command=_command_line(options),
            epochs=options.epochs,
            precision=options.precision,
        )
    if options.json:
        record = done.record
        levels = [{key: level[key] for key in ("level", "density", "verdict")} for level in record["levels"]]
        folder = None if done.folder is None else str(done.folder)
        verdict = {"verdict": done.verdict, "evidence": done.evidence, "levels": levels}
        print_json(verdict | {"audit": record["audit"], "folder": folder})
    elif options.quiet:
        print_line(done.verdict)
    else:
        _show(done)
    failed = [finding for finding in done.record["audit"] if finding["ok"] is False]
    if failed and (options.quiet or options.json):
        print(f"audit: {failed[0]['name']} failed, and {len(failed) - 1} more", file=sys.stderr)
    return 1 if failed else None


def _model(options: Verify) -> nn.Module | None:
    if options.model is None:
        return None
    return find_model(options.model, value_pairs("--model-arguments", options.model_arguments)).make()


def _show(done: Verified) -> None:
    # As wide as it was made: the table's columns are its own.
    for line in done.levels[-1].verdict.as_text().splitlines():
        print_line(line)
    if len(done.levels) > 1:
        _show_levels(done)
    failed = [finding for finding in done.record["audit"] if finding["ok"] is False]
    for finding in failed:
        print_line(f"audit: {finding['name']} failed: {finding['detail']}")
    if done.record["audit"] and not failed:
        print_line(f"audit: {sum(bool(one['ok']) for one in done.record['audit'])} checks passed")
    if not done.record["same_data"]:
        print_line("note: this is not the data that the ticket was found on")
    if done.folder is not None:
        print_line(f"record  {done.folder / 'verification.json'}")
        print_line(f"report  {done.folder / 'verification.html'}")


def _show_levels(done: Verified) -> None:
    table = plain_table(("level", True), ("density", True), ("kept", True), ("verdict", False))
    for level in done.levels:
        name = "" if level.level is None else str(level.level)
        table.add_row(name, f"{level.density:.4g}", f"{level.kept:,}", level.verdict.verdict)
    print_table(table)


def _words(given: Sequence[str]) -> str | list[str] | None:
    if "all" in given and len(given) > 1:
        raise UsageError(f"--controls {' '.join(given)}: expected all alone, or some of the names")
    return None if not given else "all" if list(given) == ["all"] else list(given)


def _levels(given: Sequence[str]) -> str | list[int] | None:
    if not given or list(given) == ["all"]:
        return "all" if given else None
    if wrong := [word for word in given if not (word.isascii() and word.isdecimal())]:
        raise UsageError(f"--levels {' '.join(given)}: expected all alone, or numbers of levels, not {wrong[0]!r}")
    return [int(word) for word in given]


def _command_line(options: Verify) -> str:
    words = ["tombola", "verify"]
    for option in options_of(Verify):
        value = option.value(options)
        if option.path[0] in ("out", "json", "quiet") or (value == option.default and not option.is_positional):
            continue
        values = () if value is True else value if option.many else (value,)
        words += [*([] if option.is_positional else [option.flag]), *map(str, values)]
    return shlex.join(words)
