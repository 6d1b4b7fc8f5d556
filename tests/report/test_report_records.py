"""Reading a run folder: what is right is read, everything else is one sentence."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tombola.errors import RunFolderError, UsageError
from tombola.records import RunRecord, reading
from tombola.report.names import short_names, shortened
from tombola.report.words import bytes_text, seconds_text

Files = dict[str, Any]
RECORDS = ("spec.json", "metrics.jsonl", "result.json")


def refused(folder: Path) -> str:
    with pytest.raises(RunFolderError) as caught:
        RunRecord.read(folder)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


def test_a_run_is_read_whole(record: RunRecord) -> None:
    assert record.name("model") == "tiny"
    assert record.command == "tombola find --model tiny"
    assert [row.epoch for row in record.epochs] == [1, 2]
    assert record.epochs[1].measured("validation_accuracy") == 0.625
    assert record.result.final_metric == 0.75
    assert record.result.layers[0].shape == (3, 4)
    assert record.result.audit is not None
    assert record.result.audit.equal


def test_a_command_as_words_is_quoted(files: Files, read: Callable[[Files], RunRecord]) -> None:
    files["spec.json"]["command"] = ["tombola", "find", "--out", "my runs/a"]
    assert read(files).command == "tombola find --out 'my runs/a'"


def test_a_nameless_spec_still_has_words(files: Files, read: Callable[[Files], RunRecord]) -> None:
    files["spec.json"]["spec"] = {"model": "plain", "data": {"name": 3}}
    record = read(files)
    assert [record.name(part) for part in ("model", "data", "method")] == ["plain", "unnamed data", "unnamed method"]


def test_what_a_later_version_adds_is_passed_over(files: Files, read: Callable[[Files], RunRecord]) -> None:
    files["result.json"] |= {"novel": {"deep": [1]}, "remark": "fine"}
    files["metrics.jsonl"][0]["device"] = "cpu"
    assert read(files).epochs[0].measured("device") is None


def test_parts_a_method_does_not_have_may_be_absent(files: Files, read: Callable[[Files], RunRecord]) -> None:
    for key in ("comparison", "layers", "scores", "first_layer", "audit", "environment", "chosen_epoch"):
        del files["result.json"][key]
    files["metrics.jsonl"] = []
    assert read(files).epochs == ()


@pytest.mark.parametrize("name", RECORDS)
def test_a_missing_file_is_named(name: str, files: Files, write: Callable[[Files], Path]) -> None:
    folder = write(files)
    (folder / name).unlink()
    assert f"{name} is missing" in refused(folder)


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b"{}" * 2, b"[" * 100_000, b'{"schema": 1}', b"nul\0"])
def test_a_damaged_file_is_named(name: str, content: bytes, files: Files, write: Callable[[Files], Path]) -> None:
    folder = write(files)
    (folder / name).write_bytes(content)
    assert name in refused(folder)


@pytest.mark.parametrize("name", ["spec.json", "result.json"])
def test_another_schema_version_is_said(name: str, files: Files, write: Callable[[Files], Path]) -> None:
    files[name]["schema"] = 2
    assert "schema version 2, this program reads version 1" in refused(write(files))


def test_a_truncated_row_is_named_by_its_line(files: Files, write: Callable[[Files], Path]) -> None:
    path = write(files) / "metrics.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert "line 2" in refused(path.parent)


def test_neither_folder_nor_plain_files(tmp_path: Path, files: Files, write: Callable[[Files], Path]) -> None:
    assert "not a folder" in refused(tmp_path / "nowhere")
    folder = write(files)
    (folder / "result.json").unlink()
    os.mkfifo(folder / "result.json")
    assert "not an ordinary file" in refused(folder)


def test_a_huge_file_is_not_read(monkeypatch: pytest.MonkeyPatch, files: Files, write: Callable[[Files], Path]) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    assert "larger than" in refused(write(files))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kept", 19),
        ("kept", -1),
        ("kept", 9.5),
        ("kept", True),
        ("density", 0),
        ("density", 50),
        ("density", float("nan")),
        ("test_accuracy", float("inf")),
        ("test_accuracy", "0.9"),
        ("test_accuracy", True),
        ("metric", "mae"),
        ("metric", ""),
        ("id", "another"),
        ("chosen_epoch", 3),
        ("sizes", {"ticket_bytes": 1, "dense_fp32_bytes": 0, "entropy_bytes": 1}),
        ("first_layer", {"name": "fc", "shape": [], "input_shape": [4]}),
        ("layers", [{"name": "a"}]),
        ("comparison", [{"name": "a", "weights": "untrained", "density": 1.0, "kept": 1}]),
        ("scores", [{"name": "a", "edges": [0, 1, 2], "kept": [1], "removed": [1]}]),
        ("scores", [{"name": "a", "edges": [1, 0], "kept": [1], "removed": [1]}]),
        ("scores", [{"name": "a", "edges": [0], "kept": [], "removed": []}]),
    ],
)
def test_a_wrong_field_is_refused(key: str, value: Any, files: Files, write: Callable[[Files], Path]) -> None:
    files["result.json"][key] = value
    refused(write(files))


@pytest.mark.parametrize(("key", "value"), [("kept", 13), ("live_units", 4), ("shape", [3, 5])])
def test_layer_counts_must_agree(key: str, value: Any, files: Files, write: Callable[[Files], Path]) -> None:
    files["result.json"]["layers"][0][key] = value
    assert "fc1.weight" in refused(write(files))


def test_epochs_must_increase(files: Files, write: Callable[[Files], Path]) -> None:
    files["metrics.jsonl"].reverse()
    assert "increasing order" in refused(write(files))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(RECORDS), data=st.data())
def test_no_altered_byte_escapes_as_another_error(name: str, data: st.DataObject, record: RunRecord) -> None:
    folder = record.folder.parent / "altered"
    shutil.copytree(record.folder, folder, dirs_exist_ok=True)
    content = bytearray((folder / name).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
    (folder / name).write_bytes(content)
    try:
        RunRecord.read(folder)
    except UsageError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right


@given(st.floats(min_value=0, max_value=1e16))
def test_sizes_and_durations_are_short(value: float) -> None:
    assert len(bytes_text(value)) <= 9 or value >= 1e15
    assert seconds_text(value)


@given(st.lists(st.text("ab.", min_size=1, max_size=12), unique=True, max_size=8))
def test_short_names_still_tell_layers_apart(names: list[str]) -> None:
    short = short_names(names)
    assert len(set(short)) == len(names)
    assert all(part in name for part, name in zip(short, names, strict=True))


@given(st.text(), st.integers(4, 40))
def test_shortened_fits(text: str, length: int) -> None:
    assert len(shortened(text, length)) == min(len(text), length)
