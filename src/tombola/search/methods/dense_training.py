"""Dense training: keep every weight and train them all; what tickets are measured against.

The ticket is the untrained network, of density 1; trained, it is the dense network. The default
settings are those of the dense baseline of Ramanujan et al. 2020 that is trained by SGD.

Source: Ramanujan et al., "What's Hidden in a Randomly Weighted Neural Network?", CVPR 2020, section 4.1.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from tombola.masks import Mask
from tombola.search.found import Found
from tombola.search.parts.dense import check_whole
from tombola.search.workspace import Workspace
from tombola.subnetwork import prunable_layout, unmasked_state, untrained_copy
from tombola.training import Training


@dataclass(frozen=True)
class DenseTraining:
    """Dense training; it has no settings of its own."""

    name: ClassVar[str] = "dense"
    title: ClassVar[str] = "dense network"
    defaults: ClassVar[Training] = Training(lr=0.01)
    weights: ClassVar[str] = "kaiming-normal"
    moves_weights: ClassVar[bool] = True

    def to_spec(self) -> dict[str, Any]:
        """The method as JSON."""
        return {"name": self.name}

    def search(self, workspace: Workspace) -> Found:
        """Train the whole network."""
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        check_whole(workspace, layout)
        whole = Mask({name: torch.ones(shape, dtype=torch.bool) for name, shape in layout.by_name.items()})
        network = untrained_copy(model, layout, job.weights)
        weights = {name: network.get_parameter(name).detach().clone() for name in whole}
        state = {name: tensor.clone() for name, tensor in unmasked_state(network, whole).items()}
        fitted = workspace.train(self.name, network, record=workspace.folder.write_metrics)
        densities = dict.fromkeys(layout.names, 1.0)
        return Found(whole, densities, weights, state, fitted, trained=network, dense=network)
