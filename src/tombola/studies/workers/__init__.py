"""Workers: where the runs of a study are run; here, in processes of this machine, or on a cluster."""

from tombola.studies.workers.attempt import Attempt, Workers
from tombola.studies.workers.cluster import Cluster
from tombola.studies.workers.here import Here
from tombola.studies.workers.processes import Processes

__all__ = ["Attempt", "Cluster", "Here", "Processes", "Workers"]
