"""`Workspace`: where a search works, and the trainings every method is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import nn

from tombola.data import Examples
from tombola.search.collapse import CollapseCheck
from tombola.search.job import Job
from tombola.subnetwork import Selector, Subnetwork
from tombola.training import (
    Fitted,
    Loop,
    Progress,
    RunFolder,
    Scores,
    Training,
    estimate_norm_statistics,
    evaluate,
    fit,
)
from tombola.training.checkpoint import BEST, SNAPSHOT, STATE, load_network, load_network_of_checkpoint
from tombola.training.store import TrainingStore

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Workspace:
    """Where a job is done: its folder, device and precision, and who is told on the way.

    Args:
        job: what is asked.
        spec: the same, as it identifies the run.
        folder: of the run.
        fabric: device and precision.
        progress: what is told on the way.
        store: of trainings that several runs begin with.
    """

    job: Job
    spec: Mapping[str, Any]
    folder: RunFolder
    fabric: "Fabric"
    progress: Progress
    store: TrainingStore | None = None

    def subnetwork(self, selector: Selector, densities: dict[str, float], model: nn.Module | None = None) -> Subnetwork:
        """The job's model with the job's weights, seen through a selector.

        Args:
            selector: made for the model's layout.
            densities: of each layer, for recipes that are scaled by it.
            model: the job's model, where it is made already.
        """
        job = self.job
        return Subnetwork(
            model if model is not None else job.model.make(),
            selector,
            job.weights,
            include=job.include,
            exclude=job.exclude,
            densities=densities,
        )

    def learn_mask(
        self,
        name: str,
        network: Subnetwork,
        training: Training | None = None,
        *,
        choose: str | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> Fitted:
        """Train what is trainable of a network whose mask changes, and refuse a collapse before it goes on.

        Its rows are the run's metrics. The network ends with the chosen row's values.

        Raises:
            CollapsedError: where a layer has no live path left.
            UsageError: where the model does not take the data.
        """
        check = CollapseCheck(network, self.job)
        check()
        record = self.folder.write_metrics
        return self.train(name, network, training, choose=choose, facts=facts, check=check, record=record)

    def train(
        self,
        name: str,
        network: nn.Module,
        training: Training | None = None,
        *,
        choose: str | None = None,
        start: int = 0,
        stop: int | None = None,
        snapshot: int | None = None,
        facts: Mapping[str, str] | None = None,
        check: Callable[[], None] | None = None,
        record: Callable[[Rows], None] | None = None,
    ) -> Fitted:
        """Train `network` on the job's data, resumable, with checkpoints under `name`.

        Args:
            name: of the training; no two of a run share one.
            network: its trainable parameters are trained; it ends with the chosen row's values.
            training: settings; the job's by default.
            choose: `metric`, `loss` or `last`, as `Loop` has it; by default what the protocol says.
            start, stop, snapshot: in iterations, as `Loop` has them.
            facts: shown beside the progress.
            check: called at each evaluation; may raise.
            record: called with all rows so far.
        """
        loop = Loop(
            name=name,
            network=network,
            data=self.job.data,
            task=self.job.task,
            training=training or self.job.training,
            fabric=self.fabric,
            folder=self.folder.checkpoint(name),
            seed=self.job.seeds.data_seed,
            choose=choose or ("metric" if self.job.protocol == "validation" else "last"),
            start=start,
            stop=stop,
            snapshot=snapshot,
            progress=self.progress,
            facts=facts or {},
            check=check,
            record=record,
        )
        return fit(loop)

    def load_end(self, name: str, network: nn.Module) -> None:
        """Put the values into `network` that the training `name` ended with, whichever row was chosen."""
        load_network_of_checkpoint(self.folder.checkpoint(name) / STATE, network)

    def load_chosen(self, name: str, network: nn.Module) -> None:
        """Put the values into `network` that it had at the chosen row of the training `name`."""
        load_network(self.folder.checkpoint(name) / BEST, network)

    def load_snapshot(self, name: str, network: nn.Module) -> None:
        """Put the values into `network` that it had at the snapshot of the training `name`."""
        load_network(self.folder.checkpoint(name) / SNAPSHOT, network)

    def measure(self, network: nn.Module, split: Examples | None = None) -> Scores:
        """Loss and metric in float32, on the final split by default."""
        job, device = self.job, self.fabric.device
        examples = job.final_split[1] if split is None else split
        return evaluate(network.to(device), examples.to(device), job.data.preparation, job.task)

    def estimate_statistics(self, network: nn.Module) -> None:
        """Give a network that was never trained running statistics of its own, where it has such."""
        job = self.job
        estimate_norm_statistics(network, job.data, job.training.batch_size, job.seeds.data_seed, self.fabric.device)
