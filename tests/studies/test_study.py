"""A study is a grid: which runs it has, and every fault of one at once."""

import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import DataError, FaultsError, UsageError
from tombola.studies import Arm, Preset, Study, check, find_study, read_study, selected

BASE = {"model": "digits-mlp", "data": "digits", "epochs": 1}


def study(**given: Any) -> Study:
    return Study.model_validate({"name": "s", "settings": BASE} | given)


@given(
    st.dictionaries(
        st.sampled_from(["density", "epochs", "lr"]), st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True)
    )
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
    assert str(second) == "runs model_arguments.width=1 density=0.25 seed 0"


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
    assert [run.seed for run in whole.runs("tiny", replicates=5)] == [0, 1, 2, 3, 4]
    assert len(whole.runs(replicates=1)) == 3
    for wrong in (0, -1, 10_001):
        with pytest.raises(UsageError, match=rf"replicates={wrong}: expected a whole number from 1 to 10,000"):
            whole.runs("tiny", wrong)


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
    "without a name or a value": (
        {"settings": BASE | {"exclude": ["*"], "lr": -1}},
        ["settings.exclude: Mlp has no prunable weights", "settings.lr: lr=-1"],
    ),
    "one of several": (
        {
            "settings": BASE | {"method": "imp", "density": 0.1, "levels": 3, "prune_fraction": 0.2},
            "axes": {"lr": [-1]},
        },
        [
            "settings.density and settings.levels and settings.prune_fraction: density and levels together",
            "axes.lr[0]: lr=-1",
        ],
    ),
    "of nothing that was given": (
        {"settings": BASE | {"method": "threshold"}},
        ["arm runs, settings with the first value of every axis: retrain_step=5000it is longer than the training of"],
    ),
    "of nothing that was given, once": (
        {"settings": BASE | {"method": "threshold"}, "axes": {"lr": [0.1, 0.2]}},
        ["arm runs, settings with the first value of every axis: retrain_step=5000it is longer than the training of"],
    ),
    "a method, whose settings cannot be judged then": (
        {"settings": BASE | {"method": "imq", "levels": 2, "prune_fraction": 0.2}},
        ["settings.method: unknown method 'imq'"],
    ),
    "a preset": ({"settings": BASE | {"preset": "nope", "levels": 3}}, ["settings.preset: unknown preset"]),
    "a method of several": (
        {"axes": {"levels": [2, 0], "method": ["nope", "imp"]}},
        ["axes.method[0]: unknown method 'nope'", "axes.levels[1]: levels=0"],
    ),
    "a criterion, without which a default is nobody's fault": (
        {"settings": BASE | {"method": "criterion", "criterion": "large-finale", "alpha": 2}},
        ["settings.criterion: unknown criterion 'large-finale'"],
    ),
    "weights, whose settings cannot be judged then": (
        {"settings": BASE | {"weights": "norml", "scaled": True}},
        ["settings.weights: unknown weights 'norml'"],
    ),
    "data, and more": (
        {"settings": BASE | {"data": "/nope", "lr": -1, "densty": 3}, "axes": {"density": [0.5, 7]}},
        [
            "settings.densty: unknown",
            "settings.data: '/nope' does not exist",
            "settings.lr: lr=-1",
            "axes.density[1]: ",
        ],
    ),
    "data that lacks a part, and more": (
        {"settings": BASE | {"validation_fraction": 0, "lr": -1}},
        ["settings.validation_fraction: protocol validation chooses on validation examples", "settings.lr: lr=-1"],
    ),
    "arguments of a model": (
        {"settings": BASE | {"model_arguments": {"widthh": 2, "clases": 3, "classes": 0}, "include": ["nope"]}},
        [
            "settings.model_arguments.widthh: unknown argument of model digits-mlp 'widthh'",
            "settings.model_arguments.clases: unknown argument",
            "settings.model_arguments.classes: classes=0",
            "settings.include: include: pattern 'nope'",
        ],
    ),
    "what is no number": (
        {"settings": BASE | {"lr": float("nan"), "weight_decay": float("nan"), "momentum": float("inf")}},
        ["settings.lr: lr=nan", "settings.weight_decay: weight_decay=nan", "settings.momentum: momentum=inf"],
    ),
    "a model of a wrong kind": (
        {"settings": BASE | {"model": 5, "lr": -1}},
        ["settings.model: model is a int", "settings.lr: lr=-1"],
    ),
    "several in one further value": (
        {"axes": {"size": [{"density": 0.5, "lr": 0.1}, {"density": 2, "lr": -1, "batch_size": 0}]}},
        ["axes.size[1]: density=2", "axes.size[1]: lr=-1", "axes.size[1]: batch_size=0"],
    ),
    "weights without an order": (
        {
            "settings": BASE | {"method": "magnitude"},
            "axes": {"weights": ["kaiming-normal", "signed-kaiming-constant"]},
        },
        ["axes.weights[1]: all weights of fc1.weight have the same magnitude"],
    ),
    "fewer outputs than classes": (
        {"axes": {"model_arguments.classes": [10, 3]}},
        ["axes.model_arguments.classes[1]: digits-mlp gives outputs of shape (3,) an example: expected (10,)"],
    ),
    "a metric of other targets": (
        {"axes": {"metric": ["accuracy", "mae"]}},
        ["axes.metric[1]: digits-mlp gives outputs of shape (10,)"],
    ),
    "a measure twice": (
        {"measures": [{"name": "trainings"}, {"name": "trainings"}]},
        ["measures[1]: measure trainings stands twice"],
    ),
    "a measure that a further value does not bear": (
        {
            "settings": BASE | {"method": "imp"},
            "axes": {"levels": [3, 1]},
            "measures": [{"name": "controls", "levels": [3]}],
        },
        ["axes.levels[1]: measure controls: level 3: expected 0 to 1"],
    ),
    "a model, and more": (
        {"settings": BASE | {"model": "lenet", "epochs": 0}, "axes": {"density": [0.5, 2], "lr": [-1, 0.1]}},
        [
            "settings.model: unknown model 'lenet'",
            "settings.epochs: epochs=0",
            "axes.density[1]: density=2",
            "axes.lr[0]: lr=-1",
        ],
    ),
    "one of several models": (
        {
            "settings": {"data": "digits", "model_arguments": {"classes": 10}},
            "axes": {"model": ["a", "digits-mlp", "b"]},
        },
        ["axes.model[0]: unknown model 'a'", "axes.model[2]: unknown model 'b'"],
    ),
    "no model and no data": (
        {"settings": {"epochs": 0}},
        ["settings.model: missing", "settings.data: missing", "settings.epochs: epochs=0"],
    ),
    "patterns": (
        {"arms": {"a": {"settings": {"layer_density": {"fc9": 0.5}}}, "b": {"axes": {"include": [[], ["none*"]]}}}},
        [
            "arms.a.settings.layer_density: layer_density: pattern 'fc9' matches no prunable weight",
            "arms.b.axes.include[1]: include: pattern 'none*' matches no parameter",
        ],
    ),
    "what a network cannot have": (
        {"settings": BASE | {"n_of_m": "3:5", "density": 0.6}},
        ["settings.n_of_m: n_of_m=3:5: the input dimension of fc1.weight, fc2.weight, fc3.weight is no multiple of 5"],
    ),
    "behind the end of the training": (
        {"settings": BASE | {"method": "imp", "rewind_step": "5ep"}},
        ["settings.rewind_step: rewind_step=5ep is iteration"],
    ),
    "of a preset": (
        {"presets": {"p": {"settings": {"lr": -1}}}, "axes": {"density": [0.5]}},
        ["presets.p.settings.lr: lr=-1"],
    ),
    "an axis of a preset": (
        {"presets": {"p": {"axes": {"density": [0.5, 7]}}}, "axes": {"density": [0.5]}},
        ["presets.p.axes.density[1]: density=7"],
    ),
    "together": ({"axes": {"size": [{"wdth": 1}]}}, ["axes.size[0].wdth: unknown setting"]),
    "of an arm": (
        {"arms": {"a": {"axes": {"density": [0.5, 2]}}, "b": {}}},
        ["arms.a.axes.density[1]: density=2"],
    ),
    "levels": (
        {"settings": BASE | {"method": "imp", "levels": 2}, "measures": [{"name": "controls", "levels": [3]}]},
        ["measure controls: level 3: expected 0 to 2, the levels that the run has"],
    ),
    "no levels": ({"measures": [{"name": "movement"}]}, ["measure movement is taken over the levels of imp"]),
    "a name of a first value": (
        {"axes": {"weights": ["kaiming-norml", "gaussian"], "density": [0.1, 2]}},
        ["axes.weights[0]: unknown weights 'kaiming-norml'", "axes.weights[1]: unknown weights", "axes.density[1]: "],
    ),
    "a first value of several settings": (
        {"axes": {"size": [{"density": 30, "lr": 0.1}, {"density": 0.5, "lr": -1}]}},
        ["axes.size[0]: density=30: expected", "axes.size[1]: lr=-1: expected"],
    ),
    "several measures": (
        {"measures": [{"name": "contrls"}, {"name": "trainings"}, {"name": "movement"}]},
        ["measures[0]: unknown measure 'contrls'", "measures[2]: measure movement is taken over the levels of imp"],
    ),
    "measures": ({"measures": [{"name": "controls", "names": ["random"]}]}, ["unknown control 'random'"]),
    "model": ({"settings": {"data": "digits"}}, ["settings.model: missing"]),
    "a method whose name a sentence has": (
        {"settings": BASE | {"method": "criterion"}, "axes": {"criterion": ["magnitude", "random"], "lr": [-1, 0.1]}},
        ["axes.criterion[0]: unknown criterion 'magnitude'", "axes.lr[0]: lr=-1: expected"],
    ),
    "numbers that no record can hold": (
        {"settings": BASE | {"weight_decay": 1e200}, "axes": {"lr": [0.1, 1e101, 10**200]}},
        [
            "settings.weight_decay: weight_decay: a number in it is",
            "axes.lr[1]: lr: a number",
            "axes.lr[2]: lr: a number",
        ],
    ),
    "of another method": (
        {"settings": BASE | {"method": "bernoulli", "rescal": 1, "shared_values": {}}, "axes": {}},
        ["settings.rescal: unknown setting", "settings.shared_values: method bernoulli has no shared_values"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_fault_is_told_with_its_place(name: str) -> None:
    given, expected = WRONG[name]
    with pytest.raises(FaultsError) as caught:
        check(study(**given), "p" if "presets" in given else None, {})
    for part in expected:
        assert part in str(caught.value)
    assert len(caught.value.faults) == len(expected), "a fault of our own making"


def test_data_alone_that_cannot_be_had_is_told_as_such() -> None:
    with pytest.raises(DataError, match=r"study s: settings\.data: '/nope' does not exist"):
        check(study(settings=BASE | {"data": "/nope"}), None, {})


def test_a_good_one_has_no_faults() -> None:
    method = {"method": "imp", "levels": 2}
    measures = ({"name": "movement"}, {"name": "controls", "levels": [0, 2]}, {"name": "trainings"})
    check(study(settings=BASE | method, axes={"lr": (0.1, 0.9)}, measures=measures), None, {})


def test_two_axes_may_not_set_one_setting() -> None:
    sizes = [{"density": 0.3, "lr": 0.1}, {"lr": 0.2}]
    arms = {"a": {"axes": {"size": sizes}}, "b": {"axes": {"size": sizes}, "without": ["density"]}}
    with pytest.raises(
        ValueError, match=r"axes of arms\.a: density and size both set density, expected one of them to"
    ):
        study(axes={"density": (0.1, 0.5)}, arms=arms)
    with pytest.raises(ValueError, match="axes: density and lr both set lr"):
        study(axes={"density": (0.1, 0.5), "lr": (1, 2)}, presets={"p": {"axes": {"density": ({"lr": 1},)}}})


def test_settings_that_no_run_would_have_are_refused() -> None:
    axes = {"density": (0.1, 0.5)}
    with pytest.raises(ValueError, match=r"arms\.own\.settings\.density: the axis density gives other values"):
        study(axes=axes, arms={"own": {"settings": {"density": 0.2}}, "b": {}})
    with pytest.raises(ValueError, match=r"presets\.tiny\.settings\.density: the axis density gives other values"):
        study(axes=axes, presets={"tiny": {"settings": {"density": 0.7}}})
    arms = {"own": {"settings": {"density": 0.2}, "without": ["density"]}, "b": {}}
    some = study(axes=axes, arms=arms, presets={"tiny": {"settings": {"density": 0.7}}}).runs("tiny")
    assert [run.settings["density"] for run in some] == [0.7, 0.1, 0.5], "those that do not vary over it have it"
    study(axes=axes, presets={"one": {"settings": {"density": 0.5}, "axes": {"density": (0.5,)}}})


def test_a_study_made_in_python_is_refused_as_a_file_is(tmp_path: Path) -> None:
    wrong: dict[str, Any] = {"name": "My Sweep", "axes": {"density": 0.5}, "replicates": 0, "sedings": {}}
    with pytest.raises(FaultsError) as in_python:
        Study(**wrong)
    assert in_python.value.faults == (
        "name: expected small letters, digits and hyphens, such as my-sweep",
        "settings: missing",
        "axes.density: expected a list, such as [0.1, 0.5]",
        "replicates: got 0, expected at least 1",
        "sedings: unknown field 'sedings': did you mean 'settings'? Known: " + ", ".join(sorted(Study.model_fields)),
    )
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(wrong))
    with pytest.raises(FaultsError) as in_file:
        read_study(tmp_path / "wrong.yaml")
    assert in_file.value.faults == in_python.value.faults


def made(**given: Any) -> Study:
    """A study as a file makes one."""
    return Study.of({"name": "s", "settings": {}} | given)


def test_every_fault_of_axes_is_one_of_its_own() -> None:
    both = {"model_arguments": {"width": 2, "depth": 3}, "model_arguments.width": 1, "model_arguments.depth": 1}
    with pytest.raises(FaultsError) as caught:
        made(axes={"a": (), "b": (1, 2, 1, 1, 2), "seed": ({"arm": 1, "id": 2},), "c": (both,)})
    assert caught.value.faults == (
        "axes: axis a has no values: expected one or more",
        "axes: axis b has 1 twice: expected each value once",
        "axes: axis b has 2 twice: expected each value once",
        "axes: axis seed: the name seed is taken, expected a setting or a name of your own",
        "axes: axis seed: the name arm is taken, expected a setting or a name of your own",
        "axes: axis seed: the name id is taken, expected a setting or a name of your own",
        "axes: axis c has model_arguments.width twice in one value, alone and in model_arguments: expected it once",
        "axes: axis c has model_arguments.depth twice in one value, alone and in model_arguments: expected it once",
    )


def test_every_fault_of_names_is_one_of_its_own() -> None:
    arms: dict[str, Any] = {"a": {"without": ["x", "y"], "settings": {"density": 0.3}}, "b": {}}
    presets: dict[str, Any] = {"p": {"arms": ["c"], "axes": {"z": [1]}}, "full": {}}
    with pytest.raises(FaultsError) as caught:
        made(axes={"density": [0.1]}, arms=arms, presets=presets)
    assert caught.value.faults == (
        "arms.a.without names 'x', which there is not: expected density",
        "arms.a.without names 'y', which there is not: expected density",
        "presets.p.axes names 'z', which there is not: expected density",
        "presets.p.arms names 'c', which there is not: expected a or b",
        "presets.full: the name is taken by the study as it stands",
        "arms.a.settings.density: the axis density gives other values, which win: leave out the one or the other",
    )


def test_every_fault_of_settings_and_presets_is_one_of_its_own() -> None:
    settings = {"seed": 1, "model_arguments": {"width": 2}, "model_arguments.width": 1}
    with pytest.raises(FaultsError) as caught:
        made(settings=settings, presets={"p": {"arms": ["a", "a", "b", "b"]}})
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["settings"] * 2 + ["presets.p.arms"] * 2
    with pytest.raises(FaultsError) as caught:
        made(replicates=5001, presets={"p": {"axes": {"lr": [1, 2]}}}, axes={"lr": [3, 4, 5]})
    assert caught.value.faults == (
        "the preset full has 15,003 runs: expected 10,000 at most",
        "the preset p has 10,002 runs: expected 10,000 at most",
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": "a" * 10_001}, "title: got 10,001 characters, expected 10,000 at most"),
        ({"question": "a" * 100_001}, "question: got 100,001 characters, expected 10,000 at most"),
        ({"source": "a" * 10_001}, "source: got 10,001 characters, expected 10,000 at most"),
        ({"presets": {f"p{at}": {} for at in range(100)}}, "presets: got 100 of them, expected 99 at most"),
        ({"title": "a\ud800"}, "title: '\\ud800' is half a character, which no file can hold: expected whole ones"),
        ({"claims": ["W1", "\udcff"]}, "claims[1]: '\\udcff' is half a character, which"),
        ({"presets": {"p": {"settings": {"\udcff": 1}}}}, "presets.p.settings.\\udcff: '\\udcff' is half a character"),
        ({"axes": {"\ud800": []}}, "axes.\\ud800: '\\ud800' is half a character"),
        ({"arms": {"a": Arm(settings={"lr": "\ud800"})}}, "arms.a.settings.lr: '\\ud800' is half a character"),
        ({"axes": {"x": [1, {"lr": ["\ud800"]}]}}, "axes.x[1].lr[0]: '\\ud800' is half a character"),
    ],
)
def test_what_readers_of_records_would_refuse_is_refused_before(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(FaultsError) as caught:
        made(**wrong)
    (fault,) = caught.value.faults
    assert fault.startswith(said)


def test_values_are_the_same_where_they_are_equal_and_of_one_kind() -> None:
    for values in ([1, 1.0], [0.5, 0.50], [[1, 2], [1, 2.0]], [{"lr": 1}, {"lr": 1.0}], ["a", "a"], [None, None]):
        with pytest.raises(FaultsError, match="twice: expected each value once"):
            made(axes={"x": values})
    different = [1, True, "1", None, [1], [True], [[1]], {"lr": 1}, {"lr": True}, {"density": 1}]
    assert made(axes={"x": different}).count() == len(different)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"replicates": True}, "replicates: expected a whole number"),
        ({"replicates": "3"}, "replicates: expected a whole number"),
        ({"presets": {"tiny": {"replicates": 1.0}}}, r"presets\.tiny\.replicates: expected a whole number"),
        ({"name": b"p"}, "name: expected text"),
        ({"title": b"p"}, "title: expected text"),
        ({"axes": {"density": {0.1, 0.2}}}, r"axes\.density: expected a list, such as \[0\.1, 0\.5\]"),
        ({"arms": {"a": {"without": {"density"}}}}, r"arms\.a\.without: expected a list"),
        ({"axes": {"density": [{0.1}]}}, r"axes\.density\[0\]: expected a number, text, true or false, null, a list"),
        ({"settings": {b"lr": 1}}, "settings.b'lr': expected text"),
    ],
)
def test_values_of_another_kind_are_refused_with_their_place(given: dict[str, Any], said: str) -> None:
    with pytest.raises(FaultsError, match=f"^the study: {said}"):
        Study(**({"name": "s", "settings": BASE} | given))


def test_numbers_of_numpy_and_paths_are_taken_as_a_file_has_them() -> None:
    axes = {"density": [np.float64(0.1), np.float32(0.5)], "hidden": ((3, 4), (np.int64(5),))}
    there = study(settings=BASE | {"data": Path("mine")}, axes=axes, replicates=np.int64(2))
    assert there.axes == {"density": (0.1, 0.5), "hidden": ([3, 4], [5])}
    assert [type(value) for value in there.axes["density"]] == [float, float]
    assert (there.settings["data"], there.replicates) == ("mine", 2)
    assert there == Study.model_validate_json(there.model_dump_json())


def test_long_axes_are_looked_at_in_no_time() -> None:
    began = time.process_time()
    with pytest.raises(FaultsError, match="axis x has 20,000 values: expected 10,000 at most"):
        made(axes={"x": range(20_000)})
    assert made(axes={"x": [{"a": at, "b": [at]} for at in range(10_000)]}).count() == 10_000
    assert made(axes={f"x{at}": [at] for at in range(10_000)}).count() == 1
    assert time.process_time() - began < 3


def test_a_study_of_ours_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: density-lenet\nsettings: {model: digits-mlp, data: digits}")
    with pytest.raises(UsageError, match="is called density-lenet, as a study of tombola is"):
        find_study(str(path))


def test_some_of_the_runs() -> None:
    grid = study(
        axes={"density": [0.1, 0.25], "size": [{"lr": 0.1, "epochs": 2}, {"lr": 0.2, "epochs": 3}]}, replicates=2
    )
    assert len(selected(grid.runs(), {})) == len(grid.runs()) == grid.count() == 8
    found = selected(grid.runs(), {"density": "0.250", "lr": "0.2", "seed": "1", "arm": "runs"})
    assert [str(run) for run in found] == ["runs density=0.25 lr=0.2 epochs=3 seed 1"]
    with pytest.raises(UsageError, match="unknown axis 'densty': did you mean 'density'"):
        selected(grid.runs(), {"densty": 1})
    with pytest.raises(UsageError, match=r"no run has density=0\.3: expected density 0\.1 or 0\.25$"):
        selected(grid.runs(), {"density": 0.3})


def test_an_argument_of_the_model_is_one_setting_however_it_is_written() -> None:
    base = {"model": "digits-mlp", "data": "digits", "model_arguments.width": 2}
    swept = study(settings=base, axes={"model_arguments": [{"width": 0.5}, {"width": 3}]})
    assert [run.settings["model_arguments.width"] for run in swept.runs()] == [0.5, 3]
    layered = study(
        settings=base | {"model_arguments": {"depth": 1}},
        arms={"a": {"settings": {"model_arguments": {"width": 3}}}, "b": {}},
        presets={"tiny": {"settings": {"model_arguments": {"width": 0.5}}}},
        axes={},
    )
    for preset, widths in ((None, [3, 2]), ("tiny", [0.5, 0.5])):
        assert [run.settings["model_arguments.width"] for run in layered.runs(preset)] == widths
        assert all(run.settings["model_arguments.depth"] == 1 for run in layered.runs(preset))
    with pytest.raises(ValueError, match=r"both set model_arguments\.width"):
        study(axes={"model_arguments": [{"width": 1}], "model_arguments.width": [3, 0.5]})


@pytest.mark.parametrize("arms", [[], ["runs", "runs"]])
def test_the_arms_of_a_preset_are_some_each_once(arms: list[str]) -> None:
    with pytest.raises(ValueError, match="arms"):
        study(presets={"tiny": {"arms": arms}})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"schedule": {"a": 1}}, "unknown schedule"),
        ({"optimizer": []}, "unknown optimizer"),
        ({"allocation": []}, "unknown allocation"),
        ({"method": "criterion", "criterion": []}, "unknown criterion"),
        ({"method": ""}, "unknown method ''"),
        ({"weights": []}, r"weights=\[\]"),
        ({"protocol": 0}, "unknown protocol"),
        ({"pixels": False}, "unknown pixels"),
        ({"compare": "no"}, "compare='no': expected true or false"),
        (
            {"method": "imp", "layer_prune_fraction": 5},
            r"settings\.layer_prune_fraction: layer_prune_fraction=5: expected",
        ),
        ({"method": "filters", "layer_density": 5}, r"settings\.layer_density: layer_density=5: expected patterns"),
        ({"layer_density": {"*": 10**400}}, r"settings\.layer_density: layer_density of '\*'=1\.00e\+400: expected"),
    ],
)
def test_values_of_any_kind_are_refused_in_a_sentence(wrong: dict[str, Any], said: str) -> None:
    made = study(settings={"model": "digits-mlp", "data": "digits"} | wrong, axes={})
    with pytest.raises(UsageError, match=said):
        check(made, None, {})
