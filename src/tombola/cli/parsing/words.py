"""What is wrong with the words of a command line, in one sentence, before they are parsed."""

import difflib
import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from tombola.cli.parsing.options import Option
from tombola.errors import UsageError

_KINDS = {int: "a whole number", float: "a number"}


def check_words(name: str, options: Iterable[Option], words: Sequence[str]) -> None:
    """Check the words that follow the command `name` against its options.

    Raises:
        UsageError: where an option is unknown, given twice, without its value or with one of
            another type; where something required is missing or something is too much.
    """
    flags = {option.flag: option for option in options if not option.is_positional}
    positional = [option for option in options if option.is_positional]
    given, rest = set[str](), list[str]()
    position = 0
    while position < len(words):
        word, position = words[position], position + 1
        if not _is_flag(word):
            rest.append(word)
            continue
        flag, has_value, value = word.partition("=")
        option = flags.get(flag.replace("_", "-"))
        if option is None:
            raise UsageError(f"unknown option {flag!r}: {nearest(flag, flags)}see tombola {name} --help")
        if option.flag in given:
            raise UsageError(f"{option.flag} is given twice: expected once{', with all values' * option.many}")
        given.add(option.flag)
        following = list(takewhile(lambda other: not _is_flag(other), words[position:]))
        values = [value] if has_value else following if option.many else following[: option.kind is not bool]
        position += 0 if has_value else len(values)
        _check_values(option, values)
    if len(rest) > len(positional):
        raise UsageError(f"unexpected {rest[len(positional)]!r}: see tombola {name} --help")
    required = [flag for flag, option in flags.items() if option.required and flag not in given]
    missing = [option.flag for option in positional[len(rest) :] if option.required] + required
    if missing:
        raise UsageError(f"{name} needs {' and '.join(missing)}: see tombola {name} --help")


def nearest(got: str, known: Iterable[str]) -> str:
    """`did you mean 'find'? `, or nothing where none is near.

    >>> nearest("--modle", ["--model", "--method"]), nearest("x", ["find"])
    ("did you mean '--model'? ", '')
    """
    close = difflib.get_close_matches(got.lower(), list(known), n=1, cutoff=0.6)
    close = close or [name for name in known if len(got) > 3 and name.startswith(got)]
    return f"did you mean {close[0]!r}? " if close else ""


def _is_flag(word: str) -> bool:
    return re.match(r"--?[A-Za-z]", word) is not None


def _check_values(option: Option, values: Sequence[str]) -> None:
    if option.kind is bool:
        if values:
            raise UsageError(f"{option.flag}={values[0]}: expected {option.flag} alone, it takes no value")
        return
    if not values or values == [""]:
        raise UsageError(f"{option.flag} has no value: expected {_KINDS.get(option.kind, 'one')} after it")
    for value in values:
        try:
            option.kind(value)
        except ValueError as error:
            raise UsageError(f"{option.flag}={value}: expected {_KINDS[option.kind]}") from error
