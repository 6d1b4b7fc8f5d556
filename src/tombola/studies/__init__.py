"""Studies: a question, the grid of runs that answers it, and the records they leave."""

from tombola.studies.checks import check
from tombola.studies.conduct import Conductor, Tally
from tombola.studies.folder import StudyFolder
from tombola.studies.lookup import find_study
from tombola.studies.one_run import RunOutcome
from tombola.studies.parts import Arm, Preset
from tombola.studies.reading import read_study
from tombola.studies.running import run_study
from tombola.studies.selecting import selected
from tombola.studies.study import Study
from tombola.studies.study_run import StudyRun
from tombola.studies.workers import Cluster, Here, Processes

__all__ = [
    "Arm",
    "Cluster",
    "Conductor",
    "Here",
    "Preset",
    "Processes",
    "RunOutcome",
    "Study",
    "StudyFolder",
    "StudyRun",
    "Tally",
    "check",
    "find_study",
    "read_study",
    "run_study",
    "selected",
]
