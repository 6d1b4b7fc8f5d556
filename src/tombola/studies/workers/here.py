"""`Here`: one run after the other, in this process."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from tombola.studies.one_run import RunOutcome
from tombola.studies.study_run import StudyRun
from tombola.studies.workers.attempt import Attempt
from tombola.training import Progress


@dataclass(frozen=True)
class Here:
    """One run after the other, in this process; what each does is told."""

    def outcomes(
        self, runs: Sequence[StudyRun], attempt: Attempt, progress: Progress
    ) -> Generator[RunOutcome, None, None]:
        """Attempt every run, in the order of the study."""
        yield from (attempt(run, progress=progress) for run in runs)
