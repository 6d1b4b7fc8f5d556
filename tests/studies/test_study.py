"""A study is a grid: which runs it has, and every fault of one at once."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import UsageError
from tombola.studies import Arm, Preset, Study, check, read_study

BASE = {"model": "digits-mlp", "data": "digits", "epochs": 1}


def study(**given: Any) -> Study:
    return Study.model_validate({"name": "s", "settings": BASE} | given)


@given(
    st.dictionaries(st.sampled_from(["density", "epochs", "lr"]), st.lists(st.integers(1, 9), min_size=1, max_size=3))
)
def test_the_runs_are_the_product_of_the_axes(axes: dict[str, list[int]]) -> None:
    runs = study(axes=axes, replicates=2).runs()
    expected = [
        BASE | dict(zip(axes, values, strict=True)) | {"seed": seed}
        for seed in range(2)
        for values in itertools.product(*axes.values())
    ]
    assert [run.settings for run in runs] == expected


def test_an_arm_adds_replaces_and_leaves_out_axes() -> None:
    arms = {
        "popup": Arm(axes={"density": (0.5,)}),
        "dense": Arm(settings={"method": "imp", "levels": 1}, without=("density",)),
    }
    found = study(axes={"density": (0.1, 0.9), "lr": (0.1, 0.2)}, arms=arms).runs()
    assert [(run.arm, run.point) for run in found] == [
        ("popup", {"density": 0.5, "lr": 0.1}),
        ("popup", {"density": 0.5, "lr": 0.2}),
        ("dense", {"lr": 0.1}),
        ("dense", {"lr": 0.2}),
    ]
    assert found[-1].settings == BASE | {"method": "imp", "levels": 1, "lr": 0.2, "seed": 0}


def test_settings_that_change_together() -> None:
    sizes = ({"model_arguments.width": 0.5, "density": 1.0}, {"model_arguments.width": 1, "density": 0.25})
    first, second = study(axes={"size": sizes}).runs()
    assert first.settings == BASE | sizes[0] | {"seed": 0}
    assert str(second) == "runs size=width=1,density=0.25 seed 0"


def test_a_preset_changes_settings_axes_arms_and_replicates() -> None:
    arms = {"a": Arm(axes={"density": (0.1, 0.5)}), "b": Arm()}
    tiny = Preset(settings={"epochs": 7}, axes={"density": (0.3,)}, arms=("a",), replicates=3)
    whole = study(arms=arms, presets={"tiny": tiny})
    assert len(whole.runs()) == 3
    assert [(run.settings["epochs"], run.point, run.seed) for run in whole.runs("tiny")] == [
        (7, {"density": 0.3}, seed) for seed in range(3)
    ]
    with pytest.raises(UsageError, match="unknown preset of s 'tny': did you mean 'tiny'"):
        whole.runs("tny")


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown names": (
        {"settings": BASE | {"epoch": 3}, "axes": {"densty": [0.1]}},
        ["settings.epoch: unknown setting 'epoch': did you mean 'epochs'", "axes.densty: unknown setting 'densty'"],
    ),
    "values": (
        {"axes": {"density": [0.5, 30, 0], "lr": [0.1, -1]}},
        [
            "axes.density[1]: density=30: expected 0 < density <= 1; did you mean 0.3?",
            "axes.density[2]: density=0: expected",
            "axes.lr[1]: lr=-1: expected a number above 0",
        ],
    ),
    "all": (
        {"settings": BASE | {"epochs": 0, "lr": -1, "epoch": 3}, "axes": {"density": [30, 0.5, 0]}},
        [
            "settings.epoch: unknown setting",
            "settings.epochs: epochs=0: expected",
            "settings.lr: lr=-1: expected",
            "axes.density[0]: density=30: expected",
            "axes.density[2]: density=0: expected",
        ],
    ),
    "none in particular": ({"settings": BASE | {"model": "lenet"}}, ["settings with the first value of every axis"]),
    "together": ({"axes": {"size": [{"wdth": 1}]}}, ["axes.size[0].wdth: unknown setting"]),
    "of an arm": (
        {"arms": {"a": {"axes": {"density": [0.5, 2]}}, "b": {}}},
        ["arms.a.axes.density[1]: density=2"],
    ),
    "measures": ({"measures": [{"name": "controls", "names": ["random"]}]}, ["unknown control 'random'"]),
    "model": ({"settings": {"data": "digits"}}, ["model is missing"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_fault_is_told_with_its_place(name: str) -> None:
    given, expected = WRONG[name]
    with pytest.raises(UsageError) as caught:
        check(study(**given), None, {})
    for part in expected:
        assert part in str(caught.value)


def test_a_good_one_has_no_faults() -> None:
    check(study(axes={"density": (0.1, 0.9)}, measures=({"name": "movement"},)), None, {})


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "my-sweep.yaml"
    path.write_text(
        "title: Density on digits\n"
        "settings: {model: digits-mlp, data: digits, epochs: 2}\n"
        "axes:\n  density: [0.1, 0.5]\n  weights: [kaiming-normal, signed-kaiming-constant]\n"
        "replicates: 3\npresets:\n  tiny: {settings: {epochs: 1}, replicates: 1}\n"
    )
    found = read_study(path)
    assert (found.name, found.title, len(found.runs()), len(found.runs("tiny"))) == (
        "my-sweep",
        "Density on digits",
        12,
        4,
    )
    check(found, "tiny", {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("settings: {", "is no YAML"),
        ("- 1", "expected name, settings, axes"),
        ("axis: {}\nreplicates: 0", "settings: Field required; replicates: Input should be greater than or equal to 1"),
        ("settings: {}\naxis: {}", "axis: unknown, there is no such field"),
        ("settings: {}\naxes: {density: []}", "axis density has no values"),
        ("settings: {}\nname: ../up", "name: String should match pattern"),
        (
            "settings: {}\npresets: {tiny: {axes: {density: [1]}}}",
            "presets.tiny.axes names 'density', which there is not",
        ),
        ("settings: !!python/object/apply:os.system ['true']", "is no YAML"),
        ("a: &a [1]\nb: *a\nsettings: 3", "settings: Input should be a valid dictionary"),
    ],
)
def test_a_file_with_faults_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_study(path)
    assert expected in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_study(tmp_path / "none.yaml")
