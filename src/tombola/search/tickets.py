"""From what a method found to tickets: the one it begins from, and the one it was trained to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from tombola.search.found import Found
from tombola.search.job import Job
from tombola.subnetwork import canonical_tensors, unmasked_state
from tombola.ticket import Architecture, Ticket
from tombola.ticket.tensors import named_digest
from tombola.training.environment import versions
from tombola.training.identity import identity
from tombola.weights import Recipe, Weights


@dataclass(frozen=True, eq=False)
class Tickets:
    """Makes the tickets of one search.

    Args:
        job: of the search.
        found: what the method gave back.
        spec: of the run.
        untouched: whether the ticket's weights are those the search began with, so that a recipe
            stands for them in the file.
    """

    job: Job
    found: Found
    spec: Mapping[str, Any]
    untouched: bool

    def initial(self, metrics: Mapping[str, Any]) -> Ticket:
        """Mask and initial weights."""
        weights = self.job.weights
        is_drawn = self.untouched and isinstance(weights, Recipe)
        return self._ticket(weights if is_drawn else self.found.weights, self.found.state, metrics)

    def trained(self, metrics: Mapping[str, Any]) -> Ticket:
        """The same mask, and the weights that training led to."""
        assert self.found.trained is not None
        tensors = canonical_tensors(self.found.trained)
        weights = {name: tensors[name].detach() for name in self.found.mask}
        return self._ticket(
            weights, unmasked_state(self.found.trained, self.found.mask), {**metrics, "stage": "trained"}
        )

    def _ticket(self, weights: Weights | Mapping[str, Tensor], state: Mapping[str, Tensor], metrics: Any) -> Ticket:
        model = self.job.model
        return Ticket(
            Architecture(model.name, model.arguments, model.builtin),
            mask=self.found.mask,
            densities=self.found.densities,
            weights=weights,  # type: ignore[arg-type] # never Own: its values are given
            state=state,
            spec=self.spec,
            metrics=metrics,
            provenance=versions() | {"run": identity(dict(self.spec))},
        )


def weights_audit(job: Job, found: Found) -> dict[str, Any]:
    """Whether a weight moved: those the ticket holds against those the search began with, bit for bit."""
    model = None if isinstance(job.weights, Recipe) else job.model.make()

    def begun(name: str, held: Tensor) -> Tensor:
        if isinstance(job.weights, Recipe):
            return job.weights.tensor(name, tuple(held.shape), found.densities[name]).to(held)
        assert model is not None
        return model.get_parameter(name).detach().to(held)

    before = ((name, begun(name, held)) for name, held in found.weights.items())  # one layer at a time
    digests = [f"sha256:{named_digest('tombola audit', weights).hex()}" for weights in (before, found.weights.items())]
    return {"weights_before": digests[0], "weights_after": digests[1], "equal": digests[0] == digests[1]}
