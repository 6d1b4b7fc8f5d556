"""How many runs the machines of a cluster have room for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tombola.errors import UsageError

GPU_PARTS = 10_000  # of one GPU, the smallest that Ray counts in


@dataclass(frozen=True)
class Machine:
    """What a machine has to give.

    Args:
        cores: of its processors.
        gpus: of them.
    """

    cores: int
    gpus: float = 0

    @classmethod
    def of(cls, resources: Mapping[str, float]) -> "Machine":
        """The machine with these resources, by Ray's names."""
        return cls(int(resources.get("CPU", 0)), resources.get("GPU", 0.0))

    def room(self, cores: int, gpus: float) -> int:
        """How many runs it has room for at once.

        >>> Machine(16, 2).room(1, 0.25)
        8
        """
        by_cores = self.cores // cores
        parts = round(gpus * GPU_PARTS)
        return min(by_cores, round(self.gpus * GPU_PARTS) // parts) if parts else by_cores


def room(machines: Sequence[Machine], cores: int, gpus: float) -> int:
    """How many runs of so many cores and GPUs all machines have room for at once."""
    return sum(machine.room(cores, gpus) for machine in machines)


def cores_for_each(machines: Sequence[Machine], jobs: int, gpus: float) -> int:
    """The most cores that every one of `jobs` runs can have at once; 1 where there is no room for so many.

    Args:
        machines: of the cluster.
        jobs: runs at once.
        gpus: that each has, or the part of one.

    Raises:
        UsageError: where no machine has room for a single run.

    >>> cores_for_each([Machine(16), Machine(16)], jobs=3, gpus=0)
    8
    """
    if not room(machines, 1, gpus):
        wanted = f"a core and {gpus:g} of a GPU" if gpus else "a core"
        raise UsageError(f"no machine of the cluster has {wanted} for a run: add one that has, or ask for less")
    most = max(machine.cores for machine in machines)
    return max((cores for cores in range(1, most + 1) if room(machines, cores, gpus) >= jobs), default=1)
