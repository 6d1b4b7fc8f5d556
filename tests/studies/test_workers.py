"""Where runs are run: what is asked of the machines of a cluster, and what is said where there is no Ray."""

import fcntl
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.studies.test_conduct import folder, study

from tombola.cli import main
from tombola.errors import UsageError
from tombola.studies import Conductor, RunOutcome, StudyRun
from tombola.studies.workers import Attempt, Cluster, Here, Processes
from tombola.studies.workers.machines import Machine, cores_for_each, room
from tombola.training import Progress

MACHINES = st.lists(st.builds(Machine, st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=4)
GPUS = st.sampled_from((0, 0.1, 0.25, 0.3, 0.5, 1))


@dataclass
class Backwards:
    """Workers of one's own: runs from the last to the first."""

    closed: bool = False

    def outcomes(
        self, runs: Sequence[StudyRun], attempt: Attempt, progress: Progress
    ) -> Generator[RunOutcome, None, None]:
        try:
            for run in reversed(runs):
                yield attempt(run, progress=progress)
        finally:
            self.closed = True


def test_a_study_is_run_by_whichever_workers_it_is_given(tmp_path: Path) -> None:
    told: list[RunOutcome] = []
    assert Conductor(folder(tmp_path), Backwards(), told=told.append).run(study()).done == 4
    assert [outcome.run for outcome in told] == list(reversed(study().runs()))


def test_workers_are_closed_when_a_study_is_stopped(tmp_path: Path) -> None:
    def stop(_: RunOutcome) -> None:
        raise KeyboardInterrupt

    workers = Backwards()
    with pytest.raises(KeyboardInterrupt):
        Conductor(folder(tmp_path), workers, told=stop).run(study())
    assert workers.closed


def test_a_run_is_settled_that_is_finished_or_comes_too_late(tmp_path: Path) -> None:
    place, run = folder(tmp_path), study().runs()[0]
    attempt = Attempt(place)
    assert attempt.settled(run) is None
    assert attempt(run).state == "done"
    found = attempt.settled(run)
    assert found is not None
    assert (found.state, found.record is not None) == ("kept", True)
    late = Attempt(place, until=0.0).settled(run)
    assert late is not None
    assert late.state == "stopped"


def slots(machines: list[Machine], cores: int, gpus: float) -> int:
    """Runs that are put on machines one after the other, until none has room; GPUs in hundredths."""
    part, count = round(100 * gpus), 0
    for machine in machines:
        free_cores, free_gpus = machine.cores, round(100 * machine.gpus)
        while free_cores >= cores and free_gpus >= part:
            free_cores, free_gpus, count = free_cores - cores, free_gpus - part, count + 1
    return count


@given(MACHINES, GPUS, st.integers(1, 5))
def test_room_is_what_can_be_put_there_one_by_one(machines: list[Machine], gpus: float, cores: int) -> None:
    assert room(machines, cores, gpus) == slots(machines, cores, gpus)


@given(MACHINES, GPUS, st.integers(1, 9))
def test_runs_have_as_many_cores_as_leave_room_for_all(machines: list[Machine], gpus: float, jobs: int) -> None:
    if not slots(machines, 1, gpus):
        with pytest.raises(UsageError, match="no machine of the cluster has a core"):
            cores_for_each(machines, jobs, gpus)
        return
    cores = cores_for_each(machines, jobs, gpus)
    assert cores == 1 or slots(machines, cores, gpus) >= jobs
    assert slots(machines, cores + 1, gpus) < jobs


def test_the_resources_of_ray_are_read() -> None:
    assert Machine.of({"CPU": 8.0, "GPU": 2.0, "memory": 1e9}) == Machine(8, 2)
    assert Machine.of({"memory": 1e9}) == Machine(0, 0)


@pytest.mark.parametrize("jobs", [0, -1, True, 2.0, 4096])
def test_the_number_of_jobs_is_checked(jobs: int) -> None:
    with pytest.raises(UsageError, match=f"jobs={jobs}: expected a whole number"):
        Processes(jobs)
    with pytest.raises(UsageError, match=f"jobs={jobs}: expected a whole number"):
        Cluster("local", jobs)


@pytest.mark.parametrize("gpus", [-0.5, 2.0, 0.00001, float("nan")])
def test_a_run_has_one_gpu_or_a_part(gpus: float) -> None:
    with pytest.raises(UsageError, match=r"gpus_per_run=.*: expected 0, 1, or a part of one GPU"):
        Cluster("local", 1, gpus)


def test_without_ray_a_cluster_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.chdir(tmp_path)
    assert main(["study", "density-lenet", "--preset", "tiny", "--cluster", "auto"]) == 2
    assert capsys.readouterr().err == "error: --cluster needs Ray: pip install 'tombola[cluster]'\n"
    assert not list(tmp_path.iterdir())


def test_parts_of_gpus_are_for_clusters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "density-lenet", "--preset", "tiny", "--gpus-per-run", "0.5"]) == 2
    assert "--gpus-per-run=0.5 is for a cluster" in capsys.readouterr().err


def test_by_default_runs_are_run_here(tmp_path: Path) -> None:
    assert Conductor(folder(tmp_path)).workers == Here()


LONG = """
from pathlib import Path
from tombola.studies import Conductor, Study, StudyFolder
from tombola.studies.workers import Processes

settings = {"model": "digits-mlp", "data": "digits", "epochs": 100000, "precision": "32"}
study = Study(name="long", settings=settings, axes={"density": (0.3, 0.6)})
Conductor(StudyFolder(Path("results"), Path("work"), "long", "full"), Processes(2)).run(study)
"""


ONE = """
from pathlib import Path
from tombola.studies import Conductor, Study, StudyFolder
from tombola.studies.workers import Processes

study = Study(name="one", settings={settings})
print(Conductor(StudyFolder(Path("results"), Path("work"), "one", "full"), Processes(2)).run(study).is_complete)
"""


def test_no_process_outlives_a_study_that_is_killed(tmp_path: Path) -> None:
    def is_held(path: Path) -> bool:
        with path.open("rb+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def begun() -> list[Path]:
        return [path for path in (tmp_path / "work").rglob("metrics.jsonl") if path.stat().st_size]

    with subprocess.Popen([sys.executable, "-c", LONG], cwd=tmp_path) as process:
        try:
            wait_until(lambda: len(begun()) == 2)
        finally:
            process.kill()
    held = list((tmp_path / "work" / "long" / "full").glob("*.lock"))
    assert len(held) == 2
    wait_until(lambda: not any(map(is_held, held)))


def test_idle_processes_end_with_a_study_that_is_killed_too(tmp_path: Path) -> None:
    short = LONG.replace('"epochs": 100000, ', "").replace('"density": (0.3, 0.6)', '"epochs": (1, 100000)')
    with subprocess.Popen([sys.executable, "-c", short], cwd=tmp_path, stdout=subprocess.PIPE) as process:
        try:
            wait_until(lambda: any((tmp_path / "results").rglob("*-*.json")))
        finally:
            process.kill()
        said, _ = process.communicate(timeout=60)  # the pipe is open while any process of the study lives
    assert (said, process.returncode) == (b"", -signal.SIGKILL)


def test_one_run_is_run_here_whatever_the_number_of_jobs(tmp_path: Path) -> None:
    settings = {"model": "digits-mlp", "data": "digits", "epochs": 40, "precision": "32"}
    done = subprocess.run(
        [sys.executable, "-c", ONE.format(settings=settings)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.1)
    pytest.fail("it did not come about within a minute")
