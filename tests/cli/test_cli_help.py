"""Help: of every command, quick, true, with examples that work."""

import dataclasses
import re
import shlex
import subprocess
import sys

import pytest
from tests.cli.calling import Call

from tombola import __version__
from tombola.cli.actions.search import make_plan
from tombola.cli.commands.find import Find
from tombola.cli.commands.find_options import METHODS as NAMES_OF_METHODS
from tombola.cli.commands.find_options import MODELS, RECIPES, TrainingOptions, WeightOptions
from tombola.cli.commands.registry import COMMANDS, EXAMPLES, chosen
from tombola.cli.parsing.options import options_of
from tombola.cli.parsing.parse import parse
from tombola.models import NAMES
from tombola.search import METHODS, EdgePopup, IterativeMagnitude
from tombola.subnetwork import prunable_layout
from tombola.weights import RECIPES as KNOWN_RECIPES
from tombola.weights import SignedKaimingConstant

PROMISED = (
    "--model --data --method --density --weights --scaled --epochs --batch-size --optimizer --lr --precision --seed "
    "--replicates --protocol --out --resume --fresh --json --layer-density --scope --allocation --n-of-m --fan "
    "--momentum --weight-decay --schedule --warmup-epochs --label-smoothing --clip-norm --loss --metric --include "
    "--augment --exclude --model-arguments --validation-fraction --compare --quiet --evaluate-every --preset --pixels "
    "--image-size"
)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_helps_and_ends_with_its_examples(name: str, call: Call) -> None:
    said = call(*name.split(), "--help")
    assert (said.code, said.err) == (0, "")
    assert f"usage: tombola {name}" in said.out
    assert said.out.splitlines()[-1].strip() == COMMANDS[name].examples[-1]


@pytest.mark.parametrize("words", [["--help"], ["-h"]])
def test_overview_names_every_command(words: list[str], call: Call) -> None:
    said = call(*words)
    assert said.code == 0
    assert all(f"• {name}" in said.out for name in COMMANDS)


def test_no_words_at_all_show_the_overview_and_are_wrong_use(call: Call) -> None:
    said = call()
    assert said.code == 2
    assert "usage: tombola" in said.out


def test_version(call: Call) -> None:
    assert call("--version").out == f"tombola {__version__}\n"


@pytest.mark.parametrize(
    "example", sorted({*EXAMPLES, *(line for kind in COMMANDS.values() for line in kind.examples)})
)
def test_examples_can_be_parsed(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, command, words = chosen(shlex.split(example)[1:])
    options = parse(name, command, words)
    assert isinstance(options, command) or words == ["--help"]


@pytest.mark.parametrize("example", [line for line in COMMANDS["find"].examples if "--data digits" in line])
def test_examples_of_find_can_be_planned_and_their_patterns_match(example: str) -> None:
    name, command, words = chosen(shlex.split(example)[1:])
    options = parse(name, command, words)
    assert isinstance(options, Find)
    planned = make_plan(options, options.seed)
    layout = prunable_layout(planned.job.model.make())
    method = planned.method
    assert isinstance(method, IterativeMagnitude | EdgePopup)
    assert method.schedule(layout) if isinstance(method, IterativeMagnitude) else method.choice(layout)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_does_without_heavy_modules(name: str) -> None:
    script = (
        "import sys; from tombola.cli import main; main([*sys.argv[1:], '--help']); "
        "print('heavy:', *sorted({'torch', 'numpy', 'rich', 'pydantic', 'sklearn', 'datasets'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script, *name.split()], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy:"


def test_find_has_every_promised_flag_and_those_of_each_method() -> None:
    of_methods = {field.name for kind in METHODS.values() for field in dataclasses.fields(kind)}
    flags = {option.flag for option in options_of(COMMANDS["find"])}
    assert set(PROMISED.split()) | {f"--{name.replace('_', '-')}" for name in of_methods} == flags


@pytest.mark.parametrize("group", [TrainingOptions, WeightOptions])
def test_defaults_that_are_shown_are_the_real_ones(group: type, call: Call) -> None:
    text = re.sub(r"[\s│]+", " ", call("find", "--help").out)
    real = SignedKaimingConstant() if group is WeightOptions else EdgePopup.defaults
    names = {field.name for field in dataclasses.fields(group)} - {"loss", "metric", "weights", "scaled"}
    for name in names:
        value = getattr(real, name)
        flag = f"--{name.replace('_', '-')} "
        shown = re.search(rf"{flag}.*?\(default: (.*?)\)", text)
        assert shown is not None
        assert shown[1] == "none" if value is None else type(value)(shown[1]) == value


def test_lists_in_help_are_complete() -> None:
    assert MODELS.split(", ") == list(NAMES)
    assert NAMES_OF_METHODS.split(", ") == list(METHODS)
    assert set(RECIPES.split(", ")) == set(KNOWN_RECIPES)


def test_a_family_of_one_helps_by_its_first_word(call: Call) -> None:
    assert "usage: tombola bench step" in call("bench", "--help").out
