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
        inputs = job.data.train.first(job.training.batch_size)
        self._network = network
        self._inputs = job.data.preparation(inputs)
        self._unused = set(self._silent(torch.ones_like(network.weights, dtype=torch.bool)))
        self._check_outputs(job)

    def __call__(self) -> None:
        """Look at the present mask.

        Raises:
            CollapsedError: naming the layers and what they keep.
        """
        silent = [name for name in self._silent(self._network.selector.flat_mask()) if name not in self._unused]
        mask = self._network.mask
        # A layer that keeps nothing has a gradient still, and it is what silences the others.
        empty = [name for name in mask if not mask.kept(name) and name not in self._unused]
        if collapsed := empty or silent:
            listed = ", ".join(f"{name} ({mask.kept(name)} of {mask.numel(name)} kept)" for name in collapsed)
            what = "nothing is left of" if empty else "no signal passes through"
            raise CollapsedError(f"{what} {listed}: raise the density, or keep more of these layers")

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
