"""`Found`: what a method gives back, and `Method`: what a method must be; what some are besides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

from torch import Tensor, nn

from tombola.masks import Mask
from tombola.search.job import Job
from tombola.search.workspace import Workspace
from tombola.subnetwork import Layout, Subnetwork
from tombola.training import Fitted, Training

Spec = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Found:
    """A ticket's parts, and what is known of it.

    Args:
        mask: of the ticket.
        densities: name -> density asked of each layer.
        weights: name -> the initial weights of the ticket, bit for bit as they were held.
        state: every other parameter and persistent buffer the ticket begins from.
        fitted: of the training whose figures are the ticket's.
        trained: the network that training the ticket led to; None for a supermask, which is used as it is.
        dense: the trained dense network, where the method trained one on its way.
        scores: name -> one a weight, where the method has scores: high = kept.
        levels: one record a level, for methods that have levels.
        figures: whatever else the method measured, as JSON.
        start_step: iteration of the training at which the ticket's weights were taken.
        training: settings of the ticket's own training where they are not the job's, by name.
    """

    mask: Mask
    densities: Mapping[str, float]
    weights: Mapping[str, Tensor]
    state: Mapping[str, Tensor]
    fitted: Fitted
    trained: nn.Module | None = None
    dense: nn.Module | None = None
    scores: Mapping[str, Tensor] | None = None
    levels: tuple[Spec, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    start_step: int = 0
    training: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def supermask(
        cls,
        network: Subnetwork,
        densities: Mapping[str, float],
        fitted: Fitted,
        scores: Tensor | None = None,
        figures: Mapping[str, Any] | None = None,
    ) -> "Found":
        """What is found where a mask is learned and the network is used as it is.

        Args:
            network: whose mask, weights and state are the ticket's.
            densities: asked of each layer.
            fitted: of the training that learned the mask.
            scores: flat, one a weight.
            figures: whatever else was measured.
        """
        named = None if scores is None else network.layout.named(scores)
        weights, state = network.initial_weights(), network.unmasked_state()
        return cls(network.mask, densities, weights, state, fitted, scores=named, figures=figures or {})


class Method(Protocol):
    """A way of finding a ticket: a frozen value with the method's own settings.

    Attributes:
        name: in the registry.
        title: of the ticket in tables.
        defaults: settings of the training where none are given.
        weights: name of the recipe where none is given.
        moves_weights: whether the ticket's weights may differ from those the search began with.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    defaults: ClassVar[Training]
    weights: ClassVar[str]
    moves_weights: ClassVar[bool]

    def search(self, workspace: Workspace) -> Found:
        """Find a subnetwork."""
        ...

    def to_spec(self) -> Spec:
        """The method and its settings as JSON."""
        ...


@runtime_checkable
class CheckedMethod(Protocol):
    """A method whose settings do not fit every job: it says so before anything is run."""

    def check(self, job: Job, layout: Layout, /) -> None:
        """Refuse settings that do not fit.

        Args:
            job: all other choices.
            layout: of the prunable weights of the job's model.

        Raises:
            UsageError: where they do not.
        """
        ...


@dataclass(frozen=True)
class SearchTrainings:
    """How many trainings a search consists of.

    Args:
        own: that no other search has.
        begins_dense: whether it begins with the training of the dense network, which searches share.
    """

    own: int = 1
    begins_dense: bool = False


@runtime_checkable
class CountedMethod(Protocol):
    """A method whose search is more than one training, or less."""

    def trainings(self, layout: Layout, /) -> SearchTrainings:
        """How many there are at most, where none stops early.

        Args:
            layout: of the prunable weights of the model.
        """
        ...
