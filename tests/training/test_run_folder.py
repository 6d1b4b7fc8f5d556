import copy
import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tombola.errors import RunFolderError
from tombola.training import RunFolder
from tombola.training.identity import identity

SPEC: dict[str, Any] = {
    "model": {"name": "conv2", "arguments": {"width": 0.5}},
    "training": {"epochs": 3, "lr": 0.1, "clip_norm": None},
    "include": ["a", "b"],
}


PINNED = "1355aa27332e258a"


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    return [path] if items is None else [leaf for key, part in items for leaf in leaves(part, (*path, key))]


def test_the_name_of_a_run_is_pinned() -> None:
    # sha256 of {"schema":1,"spec":…} with sorted keys and no spaces: 16 hexadecimal digits of it.
    assert identity(SPEC) == PINNED
    assert identity(dict(reversed(SPEC.items()))) == PINNED, "order is no part of it"


@pytest.mark.parametrize("leaf", leaves(SPEC), ids=str)
def test_every_value_of_a_spec_changes_the_name(leaf: tuple[Any, ...]) -> None:
    spec = copy.deepcopy(SPEC)
    place = spec
    for key in leaf[:-1]:
        place = place[key]
    place[leaf[-1]] = "other"
    assert identity(spec) != identity(SPEC)


def test_a_new_folder_gets_the_spec(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "a" / "b")
    with folder.claim(SPEC):
        written = json.loads(folder.spec.read_text())
    assert written == {"schema": 1, "id": identity(SPEC), "spec": SPEC}


def run_once(folder: RunFolder, spec: dict[str, Any], **claim: Any) -> None:
    with folder.claim(spec, **claim):
        folder.checkpoint("edge-popup").mkdir(parents=True, exist_ok=True)
        (folder.checkpoint("edge-popup") / "state.safetensors").write_text(str(spec))
        folder.result.write_text(json.dumps({"id": identity(spec)}))
        folder.ticket.write_text("a ticket")


def test_the_same_run_is_gone_on_with(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    run_once(folder, SPEC)
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*") if path.name != ".lock"}
    with folder.claim(SPEC):
        assert folder.finished(SPEC) == {"id": identity(SPEC)}
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*") if path.name != ".lock"} == before


def test_another_run_is_refused_and_the_fields_that_differ_are_named(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    run_once(folder, SPEC)
    other = copy.deepcopy(SPEC)
    other["training"] |= {"lr": 0.3, "epochs": 4}
    other["seed"] = 1
    with (
        pytest.raises(
            RunFolderError,
            match=r"holds another run \(seed is 'absent' there, 1 here, training\.epochs is 3 there, 4 here, "
            r"training\.lr is 0\.1 there, 0\.3 here\): choose another folder, or say fresh to replace it",
        ),
        folder.claim(other),
    ):
        pass
    assert json.loads(folder.spec.read_text())["spec"] == SPEC
    assert folder.ticket.read_text() == "a ticket"


def test_fresh_replaces_all_of_a_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    run_once(folder, SPEC)
    folder.metrics.write_text("{}\n")
    folder.report.write_text("page")
    with folder.claim({"new": 1}, fresh=True):
        assert sorted(path.name for path in folder.path.iterdir()) == [".lock", "spec.json"]
        assert json.loads(folder.spec.read_text())["spec"] == {"new": 1}


def test_a_run_that_never_started_gives_way_to_another(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with folder.claim(SPEC):
        pass  # refused for its arguments, say
    with folder.claim({"new": 1}):
        assert json.loads(folder.spec.read_text())["spec"] == {"new": 1}


@pytest.mark.parametrize("fresh", [False, True])
def test_a_folder_of_other_files_is_refused_and_left(tmp_path: Path, fresh: bool) -> None:
    for name in ("notes.txt", "a.csv", ".x.part"):
        (tmp_path / name).write_text("mine")
    with (
        pytest.raises(RunFolderError, match=r"holds other files \(\.x\.part, a\.csv, notes\.txt\): expected an empty"),
        RunFolder(tmp_path).claim(SPEC, fresh=fresh),
    ):
        pass
    assert all((tmp_path / name).read_text() == "mine" for name in ("notes.txt", "a.csv", ".x.part"))


def test_a_file_of_that_name_which_is_no_spec_of_ours_is_left(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"mine": true}')
    with pytest.raises(RunFolderError, match="holds another run"), RunFolder(tmp_path).claim(SPEC):
        pass
    assert (tmp_path / "spec.json").read_text() == '{"mine": true}'


@pytest.mark.parametrize("content", ["", '{"schema": 1, "id"', "\xff\xfe"])
def test_a_damaged_spec(tmp_path: Path, content: str) -> None:
    (tmp_path / "spec.json").write_text(content, encoding="latin-1")
    with pytest.raises(RunFolderError, match=r"cannot read .*spec\.json .*say fresh"), RunFolder(tmp_path).claim(SPEC):
        pass
    with RunFolder(tmp_path).claim(SPEC, fresh=True):
        assert json.loads((tmp_path / "spec.json").read_text())["spec"] == SPEC


def test_a_damaged_result(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    run_once(folder, SPEC)
    folder.result.write_text('{"id": ')
    with pytest.raises(RunFolderError, match=r"cannot read .*result\.json"):
        folder.finished(SPEC)


@pytest.mark.parametrize("missing", ["ticket", "result.json"])
def test_a_run_without_its_ticket_or_result_is_not_finished(tmp_path: Path, missing: str) -> None:
    folder = RunFolder(tmp_path / "run")
    run_once(folder, SPEC)
    (folder.path / missing).unlink()
    assert folder.finished(SPEC) is None


def test_what_a_kill_left_half_written_is_swept_away(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    (folder.path / ".spec.json.abc.part").write_text('{"sch')
    with folder.claim(SPEC):
        folder.checkpoint("dense").mkdir(parents=True)
        for path in (folder.path / ".ticket.x.part", folder.checkpoint("dense") / ".state.safetensors.y.part"):
            path.write_text("half")
    with folder.claim(SPEC):
        assert not list(folder.path.rglob("*.part"))
        assert folder.spec.exists()


HOLD = """
import sys, time
from pathlib import Path
from tombola.training.run_folder import RunFolder
with RunFolder(Path(sys.argv[1])).claim({}):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_in_use_by_another_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(RunFolderError, match="is in use by another process: wait, or choose another"),
            RunFolder(tmp_path / "run").claim({}, fresh=True),
        ):
            pass
        holder.kill()
        holder.wait()
    with RunFolder(tmp_path / "run").claim({}):
        pass  # a lock dies with its holder


@pytest.mark.parametrize("place", ["file", "file/run", "/proc/tombola/run"])
def test_a_place_where_no_folder_can_be(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match="cannot make the folder"), RunFolder(tmp_path / place).claim(SPEC):
        pass


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(RunFolderError, match=r"cannot write in .*: Is a directory"), RunFolder(tmp_path).claim(SPEC):
        pass


def test_a_lock_that_is_a_link_is_refused_and_its_target_left(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    (folder.path / ".lock").symlink_to(mine)
    for claim in (folder.claim(SPEC), folder.claim(SPEC, fresh=True), folder.held()):
        with pytest.raises(RunFolderError, match=r"run/\.lock is a link: remove it, or choose another folder$"), claim:
            pass
    assert mine.read_text() == "mine"
    assert [path.name for path in folder.path.iterdir()] == [".lock"]


def test_a_lock_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("whatever")
    with RunFolder(tmp_path).held():
        assert (tmp_path / ".lock").read_text() == "whatever"


def test_a_lock_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".lock")
    with pytest.raises(RunFolderError, match=r"\.lock is not an ordinary file"), RunFolder(tmp_path).held():
        pass


@pytest.mark.parametrize("name", ["spec.json", "result.json"])
def test_a_pipe_or_a_device_is_not_read(tmp_path: Path, name: str) -> None:
    folder = RunFolder(tmp_path / "run")
    run_once(folder, SPEC)
    path = folder.path / name
    for put in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        path.unlink()
        put(path)
        with pytest.raises(RunFolderError, match=rf"{name} is not an ordinary file: .*say fresh"), folder.claim(SPEC):
            folder.finished(SPEC)


def test_a_result_of_any_size_or_depth_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    run_once(folder, SPEC)
    folder.result.write_text("[" * 200_000)
    with pytest.raises(RunFolderError, match=r"cannot read .*result\.json"):
        folder.finished(SPEC)
    with folder.result.open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(RunFolderError, match=r"larger than 64 MB"):
        folder.finished(SPEC)


@pytest.mark.parametrize("name", ["checkpoint", "levels", "verification"])
def test_fresh_removes_a_link_and_not_what_it_points_to(tmp_path: Path, name: str) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "kept").write_text("mine")
    folder = RunFolder(tmp_path / "run")
    with folder.claim(SPEC):
        (folder.path / name).symlink_to(mine)
    with folder.claim(SPEC, fresh=True):
        assert sorted(path.name for path in folder.path.iterdir()) == [".lock", "spec.json"]
    assert (mine / "kept").read_text() == "mine"


def test_an_error_without_a_name_or_a_reason_says_what_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(tmp_path)
    run_once(folder, SPEC)

    def fail(_: Path) -> None:
        raise OSError("not to be removed")

    monkeypatch.setattr(shutil, "rmtree", fail)
    expected = rf"cannot remove all of {tmp_path}: not to be removed; choose another folder"
    with pytest.raises(RunFolderError, match=expected), folder.claim(SPEC, fresh=True):
        pass


def test_a_run_that_cannot_be_removed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.claim(SPEC):
        folder.ticket.mkdir()
    with pytest.raises(RunFolderError, match=r"cannot remove .*ticket"), folder.claim(SPEC, fresh=True):
        pass


@pytest.mark.parametrize(
    ("code", "advice"),
    [(errno.ENOSPC, "free some space"), (errno.EROFS, "choose another path"), (errno.EIO, "choose another path")],
)
def test_a_full_or_failing_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, advice: str
) -> None:
    folder = RunFolder(tmp_path)
    with folder.claim(SPEC):
        folder.write_metrics([{"epoch": 1}])

        def fail(_: int) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(RunFolderError, match=rf"cannot write .*metrics\.jsonl: {os.strerror(code)}; {advice}"):
            folder.write_metrics([{"epoch": 1}, {"epoch": 2}])
    assert folder.metrics.read_text() == '{"epoch": 1}\n'
    assert not list(tmp_path.rglob("*.part"))
