"""One search: from the options of `find` to a finished run."""

import dataclasses
import shlex
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tombola.api import Plan, execute, plan
from tombola.cli.commands.find import Find
from tombola.cli.commands.find_options import MethodOptions, WeightOptions
from tombola.cli.parsing.options import options_of
from tombola.cli.parsing.pairs import number_pairs, value_pairs
from tombola.errors import UsageError, check_density, unknown_name
from tombola.search import EdgePopup, Method, Preset, method_named, preset_named
from tombola.training import Progress, RunFolder
from tombola.training.progress import LiveProgress
from tombola.weights import RECIPES, Own, Weights, recipe


@dataclass(frozen=True)
class Outcome:
    """A finished run, as the command line shows it.

    Args:
        folder: of the run.
        result: its record.
        data: name of the data set.
        was_finished: nothing was run, for it was finished before.
    """

    folder: RunFolder
    result: Mapping[str, Any]
    data: str
    was_finished: bool

    @property
    def figures(self) -> dict[str, Any]:
        """The record with the ticket's own row of the comparison: measured as whoever loads the ticket will."""
        return {**self.result, **self.result["comparison"][0]}


def search(options: Find, seed: int, out: Path | None) -> Outcome:
    """Search with one seed, in the folder `out`, or one named after the plan."""
    output = options.output
    progress = Progress() if output.quiet else LiveProgress()
    # Whatever a user's own model prints must not end up among the results.
    with redirect_stdout(sys.stderr), progress:
        progress.status(f"loading {options.data} …")
        planned = make_plan(options, seed)
        folder = RunFolder(out or default_folder(planned))
        was_finished = not output.fresh and folder.finished(dict(planned.spec)) is not None
        progress.status("starting …")
        command = command_line(options, seed)
        run = execute(planned, folder.path, fresh=output.fresh, progress=progress, command=command)
    return Outcome(folder, run.result, planned.job.data.name, was_finished)


def default_folder(planned: Plan) -> Path:
    """Where a run goes that was given no folder."""
    return Path("runs") / planned.slug


def make_plan(options: Find, seed: int) -> Plan:
    """The plan that the options ask for."""
    preset = None if options.preset is None else preset_named(options.preset, options.model)
    method = _method(options.method, preset)
    return plan(
        options.model,
        options.data,
        method=method,
        weights=_weights(options.weights, preset.weights if preset else method.weights, seed),
        seed=seed,
        preset=options.preset,
        protocol=options.protocol,
        validation_fraction=options.validation_fraction,
        include=options.include,
        exclude=options.exclude,
        model_arguments=value_pairs("--model-arguments", options.model_arguments),
        compare=options.compare,
        **dataclasses.asdict(options.training),
    )


def command_line(options: Find, seed: int) -> str:
    """The command that makes the same run again, wherever it is kept."""
    changed = dataclasses.replace(options, seed=seed)
    words = ["tombola", "find"]
    for option in options_of(Find):
        value = option.value(changed)
        if option.path[0] != "output" and value != option.default:
            values = () if value is True else value if option.many else (value,)
            words += [option.flag, *map(str, values)]
    return shlex.join(words)


def _method(options: MethodOptions, preset: Preset | None) -> Method:
    """The method with the settings given; of a preset's method those that are given are replaced."""
    given = {name: value for name, value in vars(options).items() if value not in (None, (), False)}
    if options.density is not None:
        _check_density("density", options.density)
    for name in {"layer_density", "layer_prune_fraction"} & given.keys():
        given[name] = number_pairs(f"--{name.replace('_', '-')}", given[name])
    for pattern, density in given.get("layer_density", {}).items():
        _check_density(f"layer_density of {pattern!r}", density)
    name = given.pop("method", preset.method.name if preset else EdgePopup.name)
    if preset is None or name != preset.method.name:
        return method_named(name, **given)
    return method_named(name, **(vars(preset.method) | given))


def _check_density(name: str, value: float) -> None:
    check_density(int(value) if value.is_integer() else value, name)  # 30 is told as 30, not as 30.0


def _weights(options: WeightOptions, default: str, seed: int) -> Weights:
    name = options.weights or default
    arguments = {"scaled": options.scaled or None, "fan": options.fan}
    settings = {name: value for name, value in arguments.items() if value is not None}
    if name not in (*RECIPES, Own.name):
        raise unknown_name("weights", name, (*RECIPES, Own.name))
    if name != Own.name:
        return recipe(name, seed=seed, **settings)
    if settings:
        raise UsageError(f"--weights own are taken as they are: expected no --{' and no --'.join(settings)}")
    return Own()
