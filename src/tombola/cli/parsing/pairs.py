"""`name=value` on the command line."""

from collections.abc import Sequence

from tombola.errors import UsageError


def pairs(flag: str, words: Sequence[str]) -> dict[str, str]:
    """The pairs as written.

    Raises:
        UsageError: where a word is no pair, or a name occurs twice.

    >>> pairs("--layer-density", ["fc3=1.0", "conv*=0.3"])
    {'fc3': '1.0', 'conv*': '0.3'}
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise UsageError(f"{flag} {word!r}: expected NAME=VALUE")
        if name in found:
            raise UsageError(f"{flag}: {name!r} is given twice, expected once")
        found[name] = value
    return found


def number_pairs(flag: str, words: Sequence[str]) -> dict[str, float]:
    """Pairs whose values are numbers.

    Raises:
        UsageError: where one is not.
    """
    return {name: _number(flag, name, value) for name, value in pairs(flag, words).items()}


def value_pairs(flag: str, words: Sequence[str]) -> dict[str, int | float | bool | str]:
    """Pairs whose values are whole numbers, numbers, true, false, or else text.

    >>> value_pairs("--model-arguments", ["width=0.5", "classes=10", "bias=false", "kind=a"])
    {'width': 0.5, 'classes': 10, 'bias': False, 'kind': 'a'}
    """
    return {name: _value(text) for name, text in pairs(flag, words).items()}


def _number(flag: str, name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"{flag} {name}={text}: expected a number after the =") from error


def _value(text: str) -> int | float | bool | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
