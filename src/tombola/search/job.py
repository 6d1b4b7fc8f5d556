"""What every method is given, what it must be, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from torch import Tensor, nn

from tombola.data import DataSet, Split
from tombola.models import NamedModel
from tombola.subnetwork import Subnetwork
from tombola.training import Fitted, Loop, Progress, RunFolder, Scores, Seeds, Task, Training, evaluate, fit
from tombola.weights import Weights

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Spec = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Job:
    """One search, all choices made.

    Args:
        model: to search in.
        data: already split: with a validation split, or by the paper's protocol without.
        weights: a recipe, or the model's own.
        task: loss and metric.
        training: settings of whatever the method trains.
        seeds: one a source of randomness.
        protocol: `validation`, the epoch with the best validation metric is taken, or `paper`,
            the last is.
        include: patterns of parameters that are prunable besides the default ones.
        exclude: patterns of parameters that are not prunable.
        compare: whether the dense network is trained as well, to compare with.
    """

    model: NamedModel
    data: DataSet
    weights: Weights
    task: Task
    training: Training
    seeds: Seeds
    protocol: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    compare: bool

    @property
    def final_split(self) -> tuple[str, Split]:
        """Name and examples of the final figures: the test set, read once at the end; else validation."""
        if self.data.test is not None:
            return "test", self.data.test
        assert self.data.validation is not None  # a plan has one of the two
        return "validation", self.data.validation


@dataclass(frozen=True, eq=False)
class Workspace:
    """Where a job is done: its folder, device and precision, and who is told on the way."""

    job: Job
    folder: RunFolder
    fabric: "Fabric"
    progress: Progress

    def train(
        self,
        name: str,
        network: nn.Module,
        training: Training,
        *,
        facts: Mapping[str, str] | None = None,
        after_epoch: Callable[[], None] | None = None,
        record: Callable[[list[dict[str, Any]]], None] | None = None,
    ) -> Fitted:
        """Train `network` on the job's data, resumable, with checkpoints under `name`."""
        loop = Loop(
            name=name,
            network=network,
            data=self.job.data,
            task=self.job.task,
            training=training,
            fabric=self.fabric,
            folder=self.folder.checkpoint(name),
            seed=self.job.seeds.data_seed,
            choose_best=self.job.protocol == "validation",
            progress=self.progress,
            facts=facts or {},
            after_epoch=after_epoch,
            record=record,
        )
        return fit(loop)

    def measure(self, network: nn.Module) -> Scores:
        """Loss and metric on the final split, in float32."""
        job, device = self.job, self.fabric.device
        _, split = job.final_split
        return evaluate(network.to(device), split.to(device), job.data.preparation, job.task)


@dataclass(frozen=True)
class Found:
    """What a method gives back.

    Args:
        network: the subnetwork found; its mask is the ticket's.
        densities: name -> density asked of each layer.
        fitted: of the training that found it.
        scores: flat, one a weight, where the method has scores: high = kept.
    """

    network: Subnetwork
    densities: dict[str, float]
    fitted: Fitted
    scores: Tensor | None = None


class Method(Protocol):
    """A way of finding a ticket: a frozen value with the method's own settings."""

    name: ClassVar[str]
    title: ClassVar[str]
    defaults: ClassVar[Training]

    def search(self, workspace: Workspace) -> Found:
        """Find a subnetwork."""
        ...

    def to_spec(self) -> Spec:
        """The method and its settings as JSON."""
        ...
