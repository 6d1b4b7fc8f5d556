"""`main`: from the words of a command line to an exit code."""

import io
import os
import sys
from collections.abc import Sequence

from tombola._version import __version__
from tombola.cli.interrupts import interrupts_held
from tombola.errors import FailedError, FaultsError, RunFolderError, TombolaError
from tombola.printable import printable

FINE, FAILED, WRONG_USE = 0, 1, 2
MOST_LETTERS = 4000  # of an error


def main(words: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        words: of the command line, without the program's name; those of the process by default.

    Returns:
        The exit code: 0 fine, 1 the work failed or was stopped, 2 wrong use.
    """
    _never_fail_to_print()
    try:
        code = _main(list(sys.argv[1:] if words is None else words))
        sys.stdout.flush()  # a reader that has gone shows here, where it is expected
    except TombolaError as error:
        print(_told(error), file=sys.stderr)
        return FAILED if isinstance(error, FailedError) else WRONG_USE
    except KeyboardInterrupt as stop:
        print(f"stopped: {stop}" if str(stop) else "stopped", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        _forget_output()
        return FAILED
    except OSError as error:  # a name too long, a folder that may not be looked into: wherever a path is looked at
        if error.filename is None:
            raise
        print(_told(RunFolderError(f"{error.filename}: {error.strerror}; choose another path")), file=sys.stderr)
        return WRONG_USE
    return code


def _main(words: list[str]) -> int:
    with interrupts_held():  # here, where an interrupt is expected
        from tombola.cli.commands.registry import chosen, overview
        from tombola.cli.parsing.parse import parse
    if not words or words[0] in ("--help", "-h"):
        overview()
        return FINE if words else WRONG_USE
    if words == ["--version"]:
        print(f"tombola {__version__}")
        return FINE
    name, command, rest = chosen(words)
    options = parse(name, command, rest)
    code = None if options is None else options.run()
    return FINE if code is None else code


def _never_fail_to_print() -> None:
    # A terminal that cannot show a character gets a question mark, not a traceback.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _told(error: TombolaError) -> str:
    if isinstance(error, FaultsError) and len(error.faults) > 1:
        lines = [f"error: {error.of} has {len(error.faults)} faults:", *(f"  {fault}" for fault in error.faults)]
    else:
        lines = [f"error: {error}"]
    return "\n".join(printable(_short(line)) for line in lines)


def _short(text: str) -> str:
    # What was given is repeated in a sentence, however long it is.
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS // 2]} … {text[-MOST_LETTERS // 2 :]}"


def _forget_output() -> None:
    # The interpreter flushes once more at exit, and must find something to write to.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
