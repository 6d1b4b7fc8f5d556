"""A study runs what is not finished, once, and leaves the same records however it is interrupted."""

import os
import time
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
import torch
from torch import nn

from tombola.api import execute
from tombola.errors import FaultsError, RunFolderError, TombolaError, UsageError
from tombola.records import StudyRecord
from tombola.records.results_folder import extents
from tombola.studies import Conductor, RunOutcome, Study, StudyFolder, check, one_run
from tombola.studies.estimate import estimate
from tombola.studies.planned import plan_run
from tombola.studies.workers import Processes
from tombola.training import Progress

TIMES = {"seconds", "finished", "result"}
RESULT_TIMES = {"seconds", "train_seconds", "step_seconds"}


def study(**changed: Any) -> Study:
    settings = {"model": "digits-mlp", "data": "digits", "epochs": 1, "batch_size": 256, "precision": "32"}
    given: dict[str, Any] = {
        "name": "sweep",
        "settings": settings,
        "axes": {"density": (0.3, 0.6)},
        "replicates": 2,
    }
    return Study.model_validate(given | changed)


class Fails(nn.Module):
    """A network that no inputs suit."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, _: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("never")


def folder(path: Path, name: str = "sweep", preset: str = "full") -> StudyFolder:
    return StudyFolder(path / "results", path / "work", name, preset)


def records(place: StudyFolder) -> dict[str, dict[str, Any]]:
    """All but the times."""
    found = {}
    for path in place.records.glob("*.json"):
        record = StudyRecord.read(path).model_dump(mode="json")
        assert record["result"] is None or record["result"]["id"]
        result = {key: value for key, value in (record["result"] or {}).items() if key not in RESULT_TIMES}
        found[path.stem] = {key: value for key, value in record.items() if key not in TIMES} | {"result": result}
        found[path.stem]["curves"].pop("seconds", None)
    return found


def refuse_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a run that is begun fails the test: what is finished is read."""
    monkeypatch.setattr(one_run, "execute", lambda *_, **__: pytest.fail("a finished run was run again"))


def test_each_run_is_run_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(tmp_path)
    told: list[RunOutcome] = []
    tally = Conductor(place, told=told.append).run(study())
    assert (tally.total, tally.done, tally.kept) == (4, 4, 0)
    assert tally.is_complete
    assert [str(outcome.run) for outcome in told] == [
        "runs density=0.3 seed 0",
        "runs density=0.6 seed 0",
        "runs density=0.3 seed 1",
        "runs density=0.6 seed 1",
    ]
    found = records(place)
    assert {(record["point"]["density"], record["seed"]) for record in found.values()} == {
        (0.3, 0),
        (0.6, 0),
        (0.3, 1),
        (0.6, 1),
    }
    assert all(
        record["result"]["density"] == pytest.approx(record["point"]["density"], abs=1e-4) for record in found.values()
    )
    assert not list((tmp_path / "work" / "sweep" / "full").glob("*/ticket")), (
        "working folders of finished runs are gone"
    )
    refuse_to_run(monkeypatch)
    again = Conductor(place).run(study())
    assert (again.done, again.kept) == (0, 4)


def test_processes_leave_what_one_leaves(tmp_path: Path) -> None:
    alone, together = folder(tmp_path / "a"), folder(tmp_path / "b")
    Conductor(alone).run(study())
    assert Conductor(together, Processes(2)).run(study()).is_complete
    drop = {"environment"}  # the number of threads differs
    here, there = records(alone), records(together)
    assert here.keys() == there.keys()
    for name, record in here.items():
        result = {key: value for key, value in record["result"].items() if key not in drop}
        other = {key: value for key, value in there[name]["result"].items() if key not in drop}
        assert (result["digest"], record["spec"]) == (other["digest"], there[name]["spec"])


def test_a_folder_is_of_the_study_and_the_preset_that_are_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the folder is of sweep, preset full, the runs are of sweep, preset tiny"):
        Conductor(folder(tmp_path)).run(study(presets={"tiny": {}}), "tiny")
    assert not list(tmp_path.iterdir())


def test_no_run_is_passed_over_by_processes(tmp_path: Path) -> None:
    place = folder(tmp_path)
    many = study(axes={"density": tuple(round(0.1 + 0.05 * at, 2) for at in range(10))}, replicates=1)
    assert Conductor(place, Processes(2)).run(many).done == 10
    again = Conductor(place, Processes(2)).run(many)
    assert (again.total, again.kept, again.done) == (10, 10, 0)


def test_time_that_is_spent_stops_it_and_the_rest_follows(tmp_path: Path) -> None:
    place = folder(tmp_path)
    tally = Conductor(place, until=time.time()).run(study())
    assert (tally.total, tally.stopped, tally.is_complete) == (4, 4, False)
    assert Conductor(place).run(study()).done == 4


def test_a_run_another_process_is_at_is_left_to_it(tmp_path: Path) -> None:
    place = folder(tmp_path)
    planned = plan_run(study().runs()[0], {})
    with place.claimed(planned.id) as is_ours:
        assert is_ours
        tally = Conductor(place).run(study())
    assert (tally.busy, tally.done) == (1, 3)
    assert Conductor(place).run(study()).kept == 3


def test_a_run_is_held_wherever_another_process_works_and_nothing_stays_of_that(tmp_path: Path) -> None:
    here, there = (StudyFolder(tmp_path / "results", tmp_path / work, "sweep", "full") for work in ("a", "b"))
    with here.claimed("key") as is_ours, there.claimed("key") as is_theirs, there.claimed("other") as is_free:
        assert (is_ours, is_theirs, is_free) == (True, False, True)
    assert not list(tmp_path.rglob("*.lock"))
    with there.claimed("key") as is_ours:
        assert is_ours


def test_what_a_killed_process_held_is_free(tmp_path: Path) -> None:
    place = folder(tmp_path)
    place.records.mkdir(parents=True)
    (place.records / ".key.lock").touch()
    assert Conductor(place).run(study()).is_complete
    with place.claimed("key") as is_ours:
        assert is_ours


def test_data_is_known_by_what_it_holds_and_not_by_its_name(tmp_path: Path) -> None:
    inputs, targets = torch.rand(80, 6), torch.arange(80) % 3
    for name, values in (("mine", inputs), ("copy", inputs), ("other", inputs * 2)):
        columns = {f"x{at}": column.tolist() for at, column in enumerate(values.T)}
        frame = pd.DataFrame(columns | {"label": targets.tolist()})
        (tmp_path / name).mkdir()
        frame.to_parquet(tmp_path / name / "train.parquet")
    model = {"model": "mlp", "model_arguments.input_shape": [6], "model_arguments.classes": 3}
    of_mine = study(settings={**study().settings, **model, "data": "mine"}, replicates=1)
    place = folder(tmp_path)
    at = {name: {"mine": str(tmp_path / name)} for name in ("mine", "copy", "other")}
    assert Conductor(place, places=at["mine"]).run(of_mine).done == 2
    assert Conductor(place, places=at["copy"]).run(of_mine).kept == 2
    with pytest.raises(RunFolderError, match=r"on other data than folder other .*: give the copy .* --results mine"):
        Conductor(place, places=at["other"]).run(of_mine)


def test_a_run_that_another_study_has_finished_is_taken_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Conductor(folder(tmp_path)).run(study())
    wider = study(name="wider", arms={"all": {}}, axes={"density": (0.6, 0.3)})
    place = folder(tmp_path, "wider")
    refuse_to_run(monkeypatch)
    assert estimate(wider.runs(), place, {}).arms[0].finished == 4
    assert Conductor(place).run(wider).kept == 4
    first = {key.split("-")[0]: record for key, record in records(folder(tmp_path)).items()}
    for key, record in records(place).items():
        assert record == first[key.split("-")[0]] | {"study": "wider", "arm": "all", "point": record["point"]}
        assert record["point"] == {"density": record["spec"]["run"]["method"]["density"]}


def test_a_record_under_the_name_of_another_run_is_not_taken(tmp_path: Path) -> None:
    Conductor(folder(tmp_path)).run(study())
    key = plan_run(study(axes={"density": (0.4,)}).runs()[0], {}).id
    next(folder(tmp_path).records.glob("*.json")).rename(folder(tmp_path).records / f"{key}-abcdef.json")
    with pytest.raises(RunFolderError, match=rf"{key}-abcdef.json is not of the run that its name says: delete it"):
        Conductor(folder(tmp_path, "other")).run(study(name="other", axes={"density": (0.4,)}))


def test_a_study_that_was_changed_is_told_from_what_it_was(tmp_path: Path) -> None:
    Conductor(folder(tmp_path)).run(study())
    before = records(folder(tmp_path))
    changed = study(settings={**study().settings, "epochs": 2})
    for again in (
        lambda: Conductor(folder(tmp_path)).run(changed),
        lambda: estimate(changed.runs(), folder(tmp_path), {}),
    ):
        with pytest.raises(
            RunFolderError,
            match=r"of the run runs density=0.\d seed 0 with other settings, from before .* changed \("
            r"run\.training\.epochs is 1 there, 2 here\): give the study a name of its own",
        ):
            again()
    assert records(folder(tmp_path)) == before
    whole, fraction = (study(name="wide", axes={"model_arguments.width": (width,)}) for width in (2, 2.0))
    Conductor(folder(tmp_path, "wide")).run(whole)
    with pytest.raises(RunFolderError, match=r"\(run\.model\.arguments\.width is 2 there, 2\.0 here\)"):
        Conductor(folder(tmp_path, "wide")).run(fraction)
    wider = study(axes={"density": (0.3, 0.6, 0.9)})
    assert (Conductor(folder(tmp_path)).run(wider).kept, len(records(folder(tmp_path)))) == (4, 6)


def test_equal_numbers_are_one_place(tmp_path: Path) -> None:
    for rate, decay in ((1, 0), (1.0, 0.0), (1, -0.0)):
        axes = {"lr": (rate,), "weight_decay": (decay,)}
        done = Conductor(folder(tmp_path)).run(study(axes=axes, replicates=1))
    assert (done.done, done.kept, len(records(folder(tmp_path)))) == (0, 1, 1)


def test_processes_are_no_more_than_runs_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(tmp_path)
    Conductor(place).run(study(replicates=1))
    asked: list[int] = []
    real = joblib.Parallel

    def noted(**given: Any) -> joblib.Parallel:
        asked.append(given["n_jobs"])
        return real(**given)

    monkeypatch.setattr(joblib, "Parallel", noted)
    assert Conductor(place, Processes(64)).run(study()).is_complete
    assert Conductor(place, Processes(64)).run(study()).kept == 4
    assert asked == [2]


def test_a_lock_that_is_a_link_is_refused_and_its_target_left(tmp_path: Path) -> None:
    place = folder(tmp_path)
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    lock = place.run("key").with_suffix(".lock")
    lock.parent.mkdir(parents=True)
    lock.symlink_to(mine)
    with pytest.raises(RunFolderError, match=r"key\.lock is a link: remove it"), place.claimed("key"):
        pass
    assert mine.read_text() == "mine"


def test_what_breaks_down_is_a_result(tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place).run(study(axes={"lr": (0.1, 1e30)}, replicates=1))
    found = list(records(place).values())
    outcomes = {record["point"]["lr"]: (record["outcome"], record["error"]) for record in found}
    assert found[0]["environment"] == found[1]["environment"] != {}
    assert outcomes[0.1] == ("finished", None)
    assert outcomes[1e30][0] == "diverged"


def test_a_folder_of_another_study_is_refused(tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place).run(study(replicates=1))
    (tmp_path / "results" / "other").mkdir()
    (tmp_path / "results" / "other" / "study.json").write_text(place.study_file.read_text())
    with pytest.raises(RunFolderError, match="holds the study 'sweep', not 'other'"):
        Conductor(folder(tmp_path, "other")).run(study(name="other"))
    path = next(place.records.glob("*.json"))
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 7', 1))
    with pytest.raises(RunFolderError, match="schema version 7"):
        Conductor(place).run(study(replicates=1))


@pytest.mark.parametrize("content", [None, "{"])
def test_what_a_study_is_is_written_again_where_it_was_lost(content: str | None, tmp_path: Path) -> None:
    """So that the advice of those who read records, to run the study again, leads somewhere."""
    place = folder(tmp_path)
    Conductor(place).run(study(replicates=1))
    before = place.study_file.read_text()
    (place.study_file.parent / "report").mkdir()  # pages of this study alone
    (place.study_file.parent / "report" / "index.html").touch()
    place.study_file.unlink()
    if content is not None:
        place.study_file.write_text(content)
    with pytest.raises(RunFolderError, match="run the study again"):
        extents(tmp_path / "results")
    tally = Conductor(place).run(study(replicates=1))
    assert (tally.done, tally.kept) == (0, 2)
    assert place.study_file.read_text() == before


@pytest.mark.parametrize("name", [".study.json.k3x9.part", "full/.0123456789abcdef-012345.json.ab_1.part"])
def test_what_a_killed_write_leaves_is_no_other_file(name: str, tmp_path: Path) -> None:
    place = folder(tmp_path)
    left = place.study_file.parent / name
    left.parent.mkdir(parents=True)
    left.write_text('{"schema"')
    assert Conductor(place).run(study(replicates=1)).is_complete


def test_a_run_that_is_refused_stops_no_other(tmp_path: Path) -> None:
    arms = {"wrong": {"settings": {"model": "torch.nn:Identity"}}, "right": {}}
    told: list[RunOutcome] = []
    with pytest.raises(FaultsError, match=r"the study: wrong density=0\.3 seed 0: Identity has no prunable"):
        Conductor(folder(tmp_path)).run(study(arms=arms, replicates=1))
    arms = {"wrong": {"settings": {"model": "tests.studies.test_conduct:Fails"}}, "right": {}}
    with pytest.raises(FaultsError) as caught:
        Conductor(folder(tmp_path), told=told.append).run(study(arms=arms, replicates=1))
    assert [outcome.state for outcome in told] == ["refused", "refused", "done", "done"]
    assert [fault.partition(": ")[0] for fault in caught.value.faults] == [
        "wrong density=0.3 seed 0",
        "wrong density=0.6 seed 0",
    ]
    assert all("does not take inputs of shape (1, 8, 8)" in fault for fault in caught.value.faults)


def test_values_that_do_not_go_together_are_told_by_their_runs(tmp_path: Path) -> None:
    together = study(
        settings={"model": "digits-mlp", "data": "digits", "method": "imp", "levels": 1},
        axes={"epochs": (2, 1), "rewind_step": ("0it", "30it")},
        replicates=1,
    )
    check(together, None, {})
    for attempt in (
        lambda: Conductor(folder(tmp_path)).run(together),
        lambda: estimate(together.runs(), folder(tmp_path), {}),
    ):
        with pytest.raises(FaultsError, match="runs epochs=1 rewind_step=30it seed 0: rewind_step=30it is iteration"):
            attempt()
    assert not (tmp_path / "results").exists()


def test_a_record_of_another_run_is_not_taken_for_one_s_own(tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place).run(study(replicates=1))
    first, second = sorted(place.records.glob("*.json"))
    second.write_bytes(first.read_bytes())
    with pytest.raises(RunFolderError, match=f"{second.name} is not of the run that its name says: delete it"):
        Conductor(place).run(study(replicates=1))


def test_links_that_no_reader_would_follow_are_refused(tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place).run(study(replicates=1))
    record = next(place.records.glob("*.json"))
    record.rename(tmp_path / "away.json")
    record.symlink_to(tmp_path / "nowhere.json")
    with pytest.raises(RunFolderError, match="is a link to a file that is not there: delete it"):
        Conductor(place).run(study(replicates=1))
    record.unlink()
    place.study_file.parent.rename(tmp_path / "elsewhere")
    place.study_file.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunFolderError, match="is a link, which readers of records do not follow"):
        Conductor(place).run(study(replicates=1))


def test_what_is_not_a_study_s_is_left_alone(tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place).run(study(replicates=1))
    newer = place.study_file.read_text().replace('"schema": 1', '"schema": 7', 1)
    for name, content, said in (
        ("study.json", newer, "schema version 7"),
        ("notes.txt", "mine", r"holds other files \(notes.txt\)"),
        ("full/notes.txt", "mine", r"holds other files \(full\)"),
    ):
        place.study_file.unlink(missing_ok=True)
        path = place.study_file.parent / name
        path.write_text(content)
        with pytest.raises(RunFolderError, match=said):
            Conductor(place).run(study(replicates=1))
        assert path.read_text() == content
        path.unlink()


def test_processes_that_die_again_and_again_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    def die(*_: Any) -> Any:
        raise TerminatedWorkerError("killed")
        yield

    monkeypatch.setattr(Processes, "_attempted", die)
    with pytest.raises(TombolaError, match="a process died 4 times, 4 runs are left"):
        Conductor(folder(tmp_path), Processes(2)).run(study())


def test_one_run_in_two_arms_is_run_once_and_has_two_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def counted(*given: Any, **named: Any) -> Any:
        calls.append(given)
        return execute(*given, **named)

    monkeypatch.setattr(one_run, "execute", counted)
    arms = {"a": {"axes": {"density": [0.5]}}, "b": {"axes": {"density": [0.5, 0.7]}}}
    place = folder(tmp_path)
    assert Conductor(place).run(study(axes={}, arms=arms, replicates=1)).is_complete
    found = [StudyRecord.read(path) for path in place.records.glob("*.json")]
    assert sorted((record.arm, record.point["density"]) for record in found) == [("a", 0.5), ("b", 0.5), ("b", 0.7)]
    assert len({record.id for record in found}) == len(calls) == 2


class Said(Progress):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_the_run_of_a_process_that_died_is_begun_again(tmp_path: Path) -> None:
    settings = {"model": "tests.studies.dying:make", "data": "digits", "epochs": 1, "precision": "32"}
    settings |= {"model_arguments.marker": str(tmp_path / "died")}
    said = Said()
    conductor = Conductor(folder(tmp_path), Processes(2), progress=said)
    assert conductor.run(study(settings=settings)).is_complete
    assert (tmp_path / "died").exists()
    assert said.lines == ["a process died; its run is begun again from its last checkpoint"]


@pytest.mark.parametrize(
    "changed",
    [
        {"settings": {"model": "digits-mlp", "data": "digits", "epochs": 2, "batch_size": 256, "precision": "32"}},
        {"settings": {"model": "digits-mlp", "data": "digits", "method": "bernoulli", "epochs": 1}},
    ],
)
def test_a_changed_study_is_refused_where_no_point_is_the_same(tmp_path: Path, changed: dict[str, Any]) -> None:
    place, axes = folder(tmp_path), {"axes": {"density": (0.2, 0.7)}}
    Conductor(place).run(study(), where={"seed": 0})
    before, described = records(place), place.study_file.read_bytes()
    if "method" in changed["settings"]:
        axes = {"axes": {"lr": (10.0, 100.0)}}
    with pytest.raises(RunFolderError, match="with other settings, from before the study or the program was changed"):
        Conductor(place).run(study(**changed, **axes))
    assert (records(place), place.study_file.read_bytes()) == (before, described)


def test_values_of_an_axis_may_come_and_go(tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place).run(study(), where={"seed": 0})
    Conductor(place).run(study(axes={"density": (0.6, 0.9)}), where={"seed": 0})
    assert {record["point"]["density"] for record in records(place).values()} == {0.3, 0.6, 0.9}


def test_a_record_moves_with_its_run_where_an_axis_comes_or_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, wider = folder(tmp_path), study(axes={"density": (0.3, 0.6), "lr": (0.1, 0.01)})
    Conductor(place).run(study(axes={"density": (0.3, 0.6, 0.9)}))
    Conductor(place).run(wider, where={"lr": 0.1, "seed": 0})
    points = [(record["point"], record["seed"]) for record in records(place).values() if record["seed"] == 0]
    assert sorted(map(str, points)) == [
        "({'density': 0.3, 'lr': 0.1}, 0)",
        "({'density': 0.6, 'lr': 0.1}, 0)",
        "({'density': 0.9}, 0)",
    ], "a run that the study has no longer keeps its record"
    tally = Conductor(place).run(wider)
    assert (tally.kept, tally.done, len(records(place))) == (4, 4, 8 + 2)
    refuse_to_run(monkeypatch)
    Conductor(place).run(study())
    assert sorted(str(record["point"]) for record in records(place).values()) == sorted(
        [f"{{'density': {density}}}" for density in (0.3, 0.6, 0.9) for _ in range(2)]
        + [f"{{'density': {density}, 'lr': 0.01}}" for density in (0.3, 0.6) for _ in range(2)]
    )


def test_a_record_that_is_killed_on_its_way_is_moved_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, *_: Any, **__: Any) -> None:
        if path.suffix == ".json":
            raise KeyboardInterrupt
        os.unlink(path)

    place = folder(tmp_path)
    Conductor(place).run(study(axes={}, arms={"a": {}, "b": {}}, replicates=1))
    later = study(axes={"density": (0.5,)}, arms={"a": {}, "b": {}}, replicates=1)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            Conductor(place).run(later)
    points = [(record["arm"], record["point"]) for record in records(place).values()]
    assert sorted(map(str, points)) == ["('a', {'density': 0.5})", "('a', {})", "('b', {'density': 0.5})", "('b', {})"]
    assert Conductor(place).run(later).kept == 2
    assert {str(record["point"]) for record in records(place).values()} == {"{'density': 0.5}"}


def test_what_is_finished_is_not_left_where_there_was_no_time_to_look(tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place).run(study(), where={"seed": 0})
    tally = Conductor(place, until=0.0).run(study())
    assert (tally.kept, tally.stopped, tally.is_complete) == (2, 2, False)
    Conductor(place).run(study())
    assert Conductor(place, until=0.0).run(study()).is_complete


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"lr": nested(220)},
            r"study\.json could not be read again, and is not written: Invalid JSON: recursion limit",
        ),
        ({"lr": "a" * 2**26}, r"study\.json would be larger than 64 MB, and is not written"),
        ({"lr": float("nan")}, r"a number in it is NaN or infinite"),
    ],
    ids=["nested", "large", "nan"],
)
def test_a_study_that_could_not_be_read_again_is_not_begun(settings: dict[str, Any], said: str, tmp_path: Path) -> None:
    unread = study(presets={"other": {"settings": settings}})
    folder = StudyFolder(tmp_path / "results", tmp_path / "work", "sweep", "full")
    with pytest.raises(RunFolderError, match=said):
        Conductor(folder).run(unread)
    assert not (tmp_path / "results").exists()


def test_a_study_with_as_much_as_there_may_be_is_read_again(tmp_path: Path) -> None:
    texts = dict.fromkeys(("title", "question", "source"), "ä" * 10_000)
    largest = study(presets={f"p{at}": {} for at in range(99)}, replicates=1, axes={}, **texts)
    folder = StudyFolder(tmp_path / "results", tmp_path / "work", "sweep", "full")
    assert Conductor(folder).run(largest).is_complete
    assert len(extents(tmp_path / "results")) == 100
