"""Layer collapse: detected and named before training goes on."""

import torch

from tombola.errors import CollapsedError
from tombola.search.job import Job
from tombola.subnetwork import Subnetwork, silent_layers
from tombola.training import check_outputs


class CollapseCheck:
    """Raises where a layer that the whole network uses is silent in the subnetwork.

    Made before the search, it runs the whole network on one batch: inputs that the model does not
    take show here, outputs that do not go with the targets, and weights that no forward pass reads,
    which are silent without collapse.

    Raises:
        UsageError: where the model does not take the data's inputs, or its outputs do not fit.
    """

    def __init__(self, network: Subnetwork, job: Job) -> None:
        inputs = job.data.train.inputs[: job.training.batch_size]
        self._network = network
        self._inputs = job.data.preparation(inputs)
        self._unused = set(self._silent(torch.ones_like(network.weights, dtype=torch.bool)))
        self._check_outputs(job)

    def __call__(self) -> None:
        """Look at the present mask.

        Raises:
            CollapsedError: naming the layers and what they keep.
        """
        collapsed = [name for name in self._silent(self._network.selector.flat_mask()) if name not in self._unused]
        if collapsed:
            mask = self._network.mask
            # Where a layer keeps nothing, it is what silences the others.
            collapsed = [name for name in collapsed if not mask.kept(name)] or collapsed
            listed = ", ".join(f"{name} ({mask.kept(name)} of {mask.numel(name)} kept)" for name in collapsed)
            raise CollapsedError(
                f"no signal passes through {listed}: raise the density, or give these layers one of their own"
            )

    def _check_outputs(self, job: Job) -> None:
        few = self._inputs[:2].to(self._network.weights.device)
        was_training = self._network.training
        with torch.no_grad():
            outputs = self._network.eval()(few)
        self._network.train(was_training)
        name = job.model.name.rpartition(":")[2]
        check_outputs(outputs, job.data.train.targets[:2], job.task, job.data.classes, name)

    def _silent(self, mask: torch.Tensor) -> tuple[str, ...]:
        return silent_layers(self._network, mask, self._inputs.to(mask.device))
