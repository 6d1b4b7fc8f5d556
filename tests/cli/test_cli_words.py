"""What is checked before a command line is parsed, and what its options are."""

from dataclasses import dataclass, field

import pytest
from tyro.conf import OmitArgPrefixes, Positional

from tombola.cli.commands.command import Flag
from tombola.cli.parsing.options import options_of
from tombola.cli.parsing.pairs import number_pairs, pairs, value_pairs
from tombola.cli.parsing.words import check_words
from tombola.errors import UsageError


@dataclass(frozen=True)
class Inner:
    """A group."""

    batch_size: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    """A command."""

    ticket: Positional[str]
    data: str
    rate: float = 0.5
    json: Flag = False
    sort: bool = True
    inner: OmitArgPrefixes[Inner] = field(default_factory=Inner)


def check(line: str) -> None:
    check_words("outer", tuple(options_of(Outer)), line.split())


def test_options_are_read_off_the_fields() -> None:
    found = {option.flag: (option.kind, option.many, option.required) for option in options_of(Outer)}
    assert found == {
        "TICKET": (str, False, True),
        "--data": (str, False, True),
        "--rate": (float, False, False),
        "--json": (bool, False, False),
        "--sort": (bool, False, False),
        "--no-sort": (bool, False, False),
        "--batch-size": (int, False, False),
        "--names": (str, True, False),
    }
    made = Outer("t", "d", inner=Inner(batch_size=3))
    assert {option.flag: option.value(made) for option in options_of(Outer)}["--batch-size"] == 3


@pytest.mark.parametrize(
    "line",
    [
        "t --data d",
        "--data d t",
        "--data=d t --rate -1 --json",
        "t --batch_size 3 --data d",
        "t --data d --names a b c --no-sort",
        "t --data -1 --rate nan",
    ],
)
def test_good_words_pass(line: str) -> None:
    check(line)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("t", "outer needs --data: see tombola outer --help"),
        ("", "outer needs TICKET and --data"),
        ("--data d", "outer needs TICKET"),
        ("t --data d x", "unexpected 'x'"),
        ("t --data d --json x", "unexpected 'x'"),
        ("t --data d --json=1", "it takes no value"),
        ("t --data --json", "--data has no value"),
        ("t --data=", "--data has no value"),
        ("t --data d --rate", "--rate has no value: expected a number after it"),
        ("t --data d --batch-size x", "--batch-size=x: expected a whole number"),
        ("t --data d --batch 3", "unknown option '--batch': did you mean '--batch-size'?"),
        ("t --data d -j", "unknown option '-j': see"),
        ("t --data d --names", "--names has no value"),
        ("t --data d --names a --names b", "given twice: expected once, with all values"),
    ],
)
def test_bad_words_get_one_sentence(line: str, sentence: str) -> None:
    with pytest.raises(UsageError) as raised:
        check(line)
    assert sentence in str(raised.value)


def test_pairs() -> None:
    assert pairs("--f", ["a=b=c", "conv*=1"]) == {"a": "b=c", "conv*": "1"}
    assert number_pairs("--f", ["a=1e-3"]) == {"a": 0.001}
    values = value_pairs("--f", ["a=1", "b=1.0", "c=True", "d=none", "e=[1]"])
    assert values == {"a": 1, "b": 1.0, "c": True, "d": "none", "e": "[1]"}
    assert [type(value) for value in values.values()] == [int, float, bool, str, str]


@pytest.mark.parametrize("words", [["a"], ["=1"], ["a="], ["a=1", "a=2"]])
def test_pairs_that_are_none(words: list[str]) -> None:
    with pytest.raises(UsageError, match="--f"):
        pairs("--f", words)
