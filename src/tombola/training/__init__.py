"""Time, the loop, optimisers and schedules, seeds, run folders. Knows nothing of masks."""

from tombola.training.devices import make_fabric, resolve_precision
from tombola.training.evaluate import Scores, evaluate
from tombola.training.fitting import fit
from tombola.training.loop import Fitted, Loop
from tombola.training.norm_statistics import estimate_norm_statistics
from tombola.training.optimizers import OPTIMIZERS
from tombola.training.outputs import check_outputs
from tombola.training.process import own_modes, prepared_process
from tombola.training.progress import Progress
from tombola.training.run_folder import RunFolder
from tombola.training.schedules import SCHEDULES
from tombola.training.seeds import Seeds, derive
from tombola.training.settings import Training
from tombola.training.step import Step
from tombola.training.tasks import LOSSES, METRICS, Metric, Task, make_task

__all__ = [
    "LOSSES",
    "METRICS",
    "OPTIMIZERS",
    "SCHEDULES",
    "Fitted",
    "Loop",
    "Metric",
    "Progress",
    "RunFolder",
    "Scores",
    "Seeds",
    "Step",
    "Task",
    "Training",
    "check_outputs",
    "derive",
    "estimate_norm_statistics",
    "evaluate",
    "fit",
    "make_fabric",
    "make_task",
    "own_modes",
    "prepared_process",
    "resolve_precision",
]
