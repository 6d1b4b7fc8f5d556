"""A study of one's own is read from a YAML file, or refused with every fault."""

import os
from pathlib import Path

import pytest

from tombola.errors import UsageError
from tombola.studies import check, find_study, read_study


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
        ("axis: {}\nreplicates: 0", "settings: missing; replicates: got 0, expected at least 1"),
        ("settings: {}\naxis: {}", "axis: unknown field 'axis': did you mean 'axes'"),
        ("settings: {}\naxes: {density: []}", "axis density has no values"),
        ("settings: {}\nname: ../up", "name: expected small letters, digits and hyphens"),
        (
            "settings: {}\npresets: {tiny: {axes: {density: [1]}}}",
            "presets.tiny.axes names 'density', which there is not",
        ),
        ("settings: !!python/object/apply:os.system ['true']", "is no YAML"),
        ("settings: {lr: !!bool foo}", "is no YAML: the tag tag:yaml.org,2002:bool in line 1"),
        ("title: a\nsettings: {epochs: !!int ''}", "the tag tag:yaml.org,2002:int in line 2: expected a value without"),
        ("settings: {lr: !!timestamp foo}", "the tag tag:yaml.org,2002:timestamp"),
        ("settings: !own {lr: 1}", "the tag !own in line 1"),
        ("settings: {seed: 3}", "seed is given by the replicates"),
        ("settings: {}\naxes: {seed: [1, 2]}", "axis seed: the name seed is taken"),
        ("settings: {}\naxes: {x: [{seed: 1}, {seed: 2}]}", "axis x: the name seed is taken"),
        ("settings: {}\npresets: {full: {}}", "presets.full: the name is taken"),
        ("settings: {}\naxes: {arm: [1, 2]}", "axis arm: the name arm is taken"),
        ("settings: {}\naxes: {kept: [1, 2]}", "axis kept: the name kept is taken"),
        ("settings: {}\naxes: {density: [0.5, 0.25, 0.5]}", "axis density has 0.5 twice"),
        ("settings: {}\naxes: {density: 0.5}", "axes.density: expected a list, such as [0.1, 0.5]"),
        ("settings: {epochs: 2, epochs: 3}", "epochs stands twice"),
        ("settings: {epochs: " + "9" * 5000 + "}", "is no YAML"),
        ("settings: {}\narms: {a: {axs: {}}}", "arms.a.axs: unknown field 'axs': did you mean 'axes'"),
        (
            "settings: {}\naxes:\n" + "".join(f"  a{at}: [1, 2]\n" for at in range(20)),
            "the preset full has 1,048,576 runs",
        ),
        (
            "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nsettings: [*e,*e]",
            "has more than 100,000 values",
        ),
        ("[" * 5000, "is nested too deeply"),
        ("settings: {}\nreplicates: 0", "replicates: got 0, expected at least 1"),
        ("settings: {}\nreplicates: 1000000", "replicates: got 1000000, expected at most 10,000"),
        ("settings: {}\nreplicates: many", "replicates: expected a whole number"),
        ("settings: {}\narms: [1, 2]", "arms: expected names and what they stand for, such as {mine: {settings:"),
        ("settings: {}\ntitle: a\ntitle: b", "title stands twice in one place, again in line 3"),
        ("a: &a [1]\nb: *a\nsettings: 3", "settings: expected names and values"),
        ("name: report\nsettings: {}", "name: report is the name of the folder that pages are written to"),
        ("settings: {layer_density: {fc1: 0.5, 2: 0.1}}", "settings.layer_density[2]: expected text"),
        ("settings: {}\nmeasures: [3]", "measures[0]: expected names and values"),
        ("settings: {}\narms: {}", "arms: got none, expected one or more"),
        ("settings: {}\nname: " + "a" * 61, "name: got 61 characters, expected 60 at most"),
        ("settings: {}\naxes: {x: [1, true, 1]}", "axis x has 1 twice"),
        ("settings: {model_arguments: {width: 2}, model_arguments.width: 1}", "model_arguments.width stands alone and"),
        (
            "settings: {}\naxes: {size: [{model_arguments: {width: 2}, model_arguments.width: 1}]}",
            "axis size has model_arguments.width twice in one value",
        ),
        ("settings: {}\npresets: {report: {}}", "presets.report: report is the name of the folder"),
    ],
)
def test_a_file_with_faults_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_study(path)
    assert expected in str(caught.value)


def test_what_is_no_ordinary_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(UsageError, match="is not an ordinary file"):
        read_study(tmp_path / "pipe.yaml")


def test_a_file_s_name_is_the_study_s_where_it_has_none(tmp_path: Path) -> None:
    path = tmp_path / "My Study_1.yaml"
    path.write_text("settings: {model: digits-mlp, data: digits}")
    assert find_study(str(path)).name == "my-study-1"


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_study(tmp_path / "none.yaml")


@pytest.mark.parametrize("path", sorted(Path("examples").glob("*.yaml")), ids=str)
def test_a_study_among_the_examples_is_one(path: Path) -> None:
    assert read_study(path).runs()


def test_a_file_s_words_and_numbers_are_what_they_look_like(tmp_path: Path) -> None:
    path = tmp_path / "sweep.yaml"
    text = "settings: {augment: off, lr: 1e-3, compare: true, clip_norm: ~, data: 2026-11-21, image_size: 010}"
    path.write_text(text)
    assert read_study(path).settings == {
        "augment": "off",
        "lr": 0.001,
        "compare": True,
        "clip_norm": None,
        "data": "2026-11-21",
        "image_size": "010",
    }
    path.write_text("presets: {tiny: &small {settings: {epochs: 1}}, other: {<<: *small}}\nsettings:\n")
    with pytest.raises(UsageError, match="settings: expected names and values"):
        read_study(path)
