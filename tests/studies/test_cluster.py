"""A study on a Ray cluster: with a stand-in that runs everything here, and with Ray itself where it is installed."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.studies.on_cluster import Visible
from tests.studies.test_conduct import Said, folder, records, study

from tombola.errors import TombolaError, UsageError
from tombola.studies import Conductor, RunOutcome, Study
from tombola.studies.workers import Attempt, Cluster, connection
from tombola.studies.workers.cluster import attempted


class RayError(Exception): ...


class CrashedError(RayError): ...


class TaskError(RayError):
    def __init__(self, cause: Exception) -> None:
        super().__init__("a traceback")
        self.cause = cause


class StandIn:
    """Speaks like the module `ray`. Tasks are done here when they are asked for, the youngest first."""

    def __init__(self, **resources: float) -> None:
        self.exceptions = SimpleNamespace(
            RayError=RayError,
            RayTaskError=TaskError,
            WorkerCrashedError=CrashedError,
            OutOfMemoryError=CrashedError,
            NodeDiedError=CrashedError,
            ObjectLostError=CrashedError,
        )
        self.resources = resources or {"CPU": 4.0, "GPU": 1.0}
        self.given: dict[str, Any] = {}  # to `init`
        self.needs: dict[str, Any] = {}  # of a task
        self.sent: list[Any] = []  # the run of each task
        self.most = 0  # tasks at once
        self.cancelled: list[int] = []
        self.dies: Callable[[Any], bool] = lambda _: False
        self._tasks: dict[int, tuple[Any, ...]] = {}
        self._is_on, self._numbers = False, count()

    def is_initialized(self) -> bool:
        return self._is_on

    def init(self, **given: Any) -> None:
        self._is_on, self.given = True, given

    def shutdown(self) -> None:
        self._is_on = False

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": self.resources}, {"Alive": False, "Resources": {"CPU": 99.0}}]

    def remote(self, **needs: Any) -> Callable[[Any], Any]:
        self.needs = needs
        return lambda function: SimpleNamespace(remote=lambda *given: self._send(function, *given))

    def _send(self, *task: Any) -> int:
        self._tasks[number := next(self._numbers)] = task
        self.sent.append(task[2])
        self.most = max(self.most, len(self._tasks))
        return number

    def wait(self, tasks: list[int], num_returns: int) -> tuple[list[int], list[int]]:
        assert (num_returns, tasks) == (1, list(self._tasks))
        return tasks[-1:], tasks[:-1]

    def get(self, task: int) -> RunOutcome:
        function, attempt, run, *rest = self._tasks.pop(task)
        if self.dies(run):
            raise CrashedError
        try:
            outcome: RunOutcome = function(attempt, run, *rest)
        except UsageError as error:
            raise TaskError(error) from None
        return outcome

    def cancel(self, task: int, force: bool) -> None:
        assert force
        self.cancelled.append(task)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    monkeypatch.setitem(sys.modules, "ray", stand_in)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")  # tasks change it
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    return stand_in


def test_runs_are_sent_and_leave_their_records(ray: StandIn, tmp_path: Path) -> None:
    told: list[RunOutcome] = []
    tally = Conductor(folder(tmp_path), Cluster("local", 2), told=told.append).run(study())
    assert (tally.total, tally.done, ray.most) == (4, 4, 2)
    assert sorted(map(str, ray.sent)) == sorted(map(str, study().runs()))
    assert len(told) == len(records(folder(tmp_path))) == 4
    assert ray.needs == {"num_cpus": 2, "num_gpus": 0.0, "max_retries": 0, "max_calls": 0}
    assert (ray.given["address"], ray.is_initialized(), ray.cancelled) == ("local", False, [])
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "", "a run without a GPU sees none"


def test_a_run_with_part_of_a_gpu_sees_what_ray_shows_it(ray: StandIn, tmp_path: Path) -> None:
    assert Conductor(folder(tmp_path), Cluster("local", 2, 0.25)).run(study(replicates=1)).done == 2
    assert ray.needs == {"num_cpus": 2, "num_gpus": 0.25, "max_retries": 0, "max_calls": 1}
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "7"


def test_what_is_finished_or_too_late_is_not_sent(ray: StandIn, tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place, Cluster("local", 2)).run(study(replicates=1))
    ray.sent.clear()
    tally = Conductor(place, Cluster("local", 2)).run(study())
    assert (tally.kept, tally.done, len(ray.sent)) == (2, 2, 2)
    ray.sent.clear()
    tally = Conductor(folder(tmp_path / "late"), Cluster("local", 2), until=time.time()).run(study())
    assert (tally.stopped, ray.sent) == (4, [])


def test_the_run_of_a_dead_process_alone_is_begun_again(ray: StandIn, tmp_path: Path) -> None:
    deaths = iter([True, True, True])
    ray.dies = lambda run: run.seed == 1 and run.point["density"] == 0.3 and next(deaths, False)
    said = Said()
    assert Conductor(folder(tmp_path), Cluster("local", 2), progress=said).run(study()).is_complete
    assert said.lines == ["a process died; its run is begun again from its last checkpoint"] * 3
    assert len(ray.sent) == 4 + 3
    assert ray.cancelled == []


def test_every_run_may_lose_its_machine_once(ray: StandIn, tmp_path: Path) -> None:
    lost: list[Any] = []

    def dies(run: Any) -> bool:
        is_first = run not in lost
        lost.append(run)
        return is_first

    ray.dies = dies
    many = study(replicates=3)
    assert Conductor(folder(tmp_path), Cluster("local", 3)).run(many).done == len(many.runs()) == 6


def test_a_run_whose_processes_die_again_and_again_ends_it(ray: StandIn, tmp_path: Path) -> None:
    ray.dies = lambda run: run.seed == 1 and run.point["density"] == 0.6
    with pytest.raises(TombolaError, match=r"a process died 4 times, 2 runs are left \(runs density=0.6 seed 1\)"):
        Conductor(folder(tmp_path), Cluster("local", 2)).run(study())
    assert len(ray.cancelled) == 1, "the run beside it is ended"
    assert not ray.is_initialized()


def test_a_study_that_is_stopped_ends_what_is_at_work(ray: StandIn, tmp_path: Path) -> None:
    def stop(_: RunOutcome) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Conductor(folder(tmp_path), Cluster("local", 3), told=stop).run(study())
    assert (len(ray.cancelled), ray.is_initialized()) == (2, False)


def test_what_a_run_refuses_is_told_in_its_sentence(ray: StandIn, tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place, Cluster("local", 1)).run(study(replicates=1))
    with pytest.raises(UsageError, match=f"the machine .* does not see {place.study_file}: the machines of a cluster"):
        Conductor(place, Unshared("local", 1)).run(study())


class Unshared(Cluster):
    """The file that says what the study is is gone when runs are sent."""

    def outcomes(self, runs: Any, attempt: Attempt, progress: Any) -> Any:
        attempt.folder.study_file.unlink()
        return super().outcomes(runs, attempt, progress)


def test_a_machine_without_the_folder_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    run = study().runs()[0]
    with pytest.raises(UsageError, match=f"the machine .* has no folder {tmp_path / 'nowhere'}: the machines of"):
        attempted(Attempt(folder(tmp_path)), run, 1, tmp_path / "nowhere", has_gpu=False)


def test_a_cluster_with_no_room_is_told(ray: StandIn, tmp_path: Path) -> None:
    said = Said()
    assert Conductor(folder(tmp_path), Cluster("local", 6, 0.5), progress=said).run(study()).done == 4
    assert said.lines == ["the cluster has room for 2 of 6 runs at once; the others wait"]
    ray.resources = {"CPU": 4.0}
    with pytest.raises(UsageError, match=r"no machine of the cluster has a core and 0\.5 of a GPU"):
        Conductor(folder(tmp_path / "none"), Cluster("local", 6, 0.5)).run(study())


def test_a_connection_of_the_caller_is_left(ray: StandIn, tmp_path: Path) -> None:
    ray.init(address="mine")
    Conductor(folder(tmp_path), Cluster("local", 1)).run(study(replicates=1))
    assert (ray.given, ray.is_initialized()) == ({"address": "mine"}, True)


@pytest.mark.parametrize("error", [ConnectionError("nobody\nthere"), ValueError("nobody"), RayError("nobody")])
def test_a_cluster_that_does_not_answer_is_told(
    ray: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(ray, "init", fail)
    with pytest.raises(UsageError, match=r"no Ray cluster at 'auto' \(nobody\): expected auto, HOST:PORT"):
        Conductor(folder(tmp_path), Cluster("auto", 1)).run(study())


@pytest.mark.parametrize("address", ["10.0.0.1:6379", "ray://head:10001"])
def test_an_address_is_asked_before_ray_is(ray: StandIn, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    asked: list[Any] = []

    def refuse(place: Any, timeout: float) -> Any:
        asked.append(place)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr("socket.create_connection", refuse)
    with pytest.raises(UsageError, match="refused"), connection.connected(address):
        pass
    assert asked == [{"10.0.0.1:6379": ("10.0.0.1", 6379), "ray://head:10001": ("head", 10001)}[address]]


# With Ray itself.


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two cores of this machine, for as long as the tests of this file take."""
    real = pytest.importorskip("ray", reason="needs the extra `cluster`")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    real.init(address="local", num_cpus=2, num_gpus=1, include_dashboard=False, log_to_driver=False)
    yield Cluster("local", 2)
    real.shutdown()


def without_threads(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    for record in found.values():
        record["environment"].pop("threads", None)
        record["result"]["environment"].pop("threads", None)
    return found


def test_a_cluster_leaves_what_one_process_leaves(cluster: Cluster, tmp_path: Path) -> None:
    alone, together = folder(tmp_path / "a"), folder(tmp_path / "b")
    six = study(replicates=3)
    told: list[RunOutcome] = []
    assert Conductor(together, cluster, told=told.append).run(six).done == len(told) == 6
    Conductor(alone).run(six)
    assert without_threads(records(together)) == without_threads(records(alone))
    assert Conductor(together, cluster).run(six).kept == 6


def dying(tmp_path: Path) -> Study:
    settings = {"model": "tests.studies.on_cluster:make", "data": "digits", "epochs": 1, "precision": "32"}
    return study(settings=settings | {"model_arguments.marker": str(tmp_path / "died")})


def test_the_run_of_a_killed_worker_is_done_again(cluster: Cluster, tmp_path: Path) -> None:
    said, place = Said(), folder(tmp_path / "b")
    assert Conductor(place, cluster, progress=said).run(dying(tmp_path)).done == 4
    assert (tmp_path / "died").exists()
    assert said.lines == ["a process died; its run is begun again from its last checkpoint"]
    Conductor(folder(tmp_path / "a")).run(dying(tmp_path))
    assert without_threads(records(place)) == without_threads(records(folder(tmp_path / "a")))


def test_a_run_with_half_a_gpu_is_in_a_process_that_sees_that_one(cluster: Cluster, tmp_path: Path) -> None:
    place = folder(tmp_path)
    place.prepare(study())
    half = Cluster(cluster.address, 2, 0.5)
    found = list(half.outcomes(study().runs(), Visible(place), Said()))
    gpus, processes = zip(*(str(outcome.error).split(" of ") for outcome in found), strict=True)
    assert gpus == ("0",) * 4
    assert len(set(processes)) == 4, "each in a process of its own"
    none = Cluster(cluster.address, 2).outcomes(study().runs(), Visible(place), Said())
    assert [str(outcome.error).partition(" of ")[0] for outcome in none] == [""] * 4


def test_what_a_worker_refuses_is_told_in_its_sentence(cluster: Cluster, tmp_path: Path) -> None:
    outcomes = cluster.outcomes(study().runs(), Attempt(folder(tmp_path)), Said())
    with pytest.raises(UsageError, match=r"^the machine [^ ]+ does not see [^ ]+: the machines of a cluster need"):
        next(outcomes)
