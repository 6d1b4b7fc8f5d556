"""Random pruning: keep weights at random before training, in each layer as many as the allocation says.

With `allocation="erk"` small layers keep more, which alone makes random pruning hard to beat.

Source: Liu et al., "The Unreasonable Effectiveness of Random Pruning", ICLR 2022, arXiv 2202.02643;
the allocation: Evci et al., "Rigging the Lottery", ICML 2020, arXiv 1911.11134.
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from tombola.search.job import Job
from tombola.search.parts.before_training import BeforeTraining
from tombola.search.parts.draws import uniform_draws
from tombola.subnetwork import Subnetwork
from tombola.training import derive


@dataclass(frozen=True)
class RandomPruning(BeforeTraining):
    """Random pruning; its settings are those of `Budget`.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.
    """

    name: ClassVar[str] = "random"
    title: ClassVar[str] = "random ticket"

    def scores(self, network: Subnetwork, job: Job) -> Tensor:
        """Uniform numbers in [0, 1), drawn by the mask seed."""
        return uniform_draws(network.layout, derive(job.seeds.mask_seed, "random pruning")).to(network.weights.device)
