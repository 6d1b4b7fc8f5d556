"""`Ticket`: a mask, the initial weights it goes with, and what they came from, as a value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from torch import Tensor, nn

from tombola.errors import UsageError, check_density
from tombola.files import write_bytes
from tombola.masks import Mask
from tombola.ticket.architecture import JSON, Architecture, own_json
from tombola.ticket.checks import check_names, own_weights
from tombola.ticket.container import content_digest
from tombola.ticket.fit import check_fits, fill
from tombola.ticket.make import make
from tombola.ticket.sizes import sizes
from tombola.ticket.tensors import named_digest, own
from tombola.ticket.writer import content, encode
from tombola.weights import Recipe


@dataclass(frozen=True, eq=False, repr=False)
class Ticket:
    """Mask + initial weights + everything else the network needs: a candidate, not a claim.

    A ticket owns copies: no tensor of a live model is shared.

    Args:
        architecture: the network it belongs to.
        mask: by canonical parameter name, the first under which `named_parameters` gives it.
        densities: the density asked of each layer of the mask; `scaled` recipes use it.
        weights: a recipe, or the initial weights themselves by name.
        state: every other parameter and persistent buffer by canonical name: biases, batch-norm
            statistics, positional embeddings …
        spec: what made it, as JSON.
        metrics: what it was measured to do, as JSON.
        provenance: versions, time, method …, as JSON.

    Raises:
        UsageError: where names, shapes or types do not go together.

    >>> import torch
    >>> from tombola.weights import SignedKaimingConstant
    >>> ticket = Ticket(
    ...     Architecture("my.module:Net"),
    ...     mask=Mask({"weight": torch.tensor([[True, False]])}),
    ...     densities={"weight": 0.5},
    ...     weights=SignedKaimingConstant(seed=0),
    ...     state={"bias": torch.zeros(1)},
    ... )
    >>> sorted(ticket.build(nn.Linear(2, 1)).state_dict())
    ['bias', 'weight']
    """

    architecture: Architecture
    mask: Mask
    densities: Mapping[str, float]
    weights: Recipe | Mapping[str, Tensor]
    state: Mapping[str, Tensor]
    spec: Mapping[str, JSON] = field(default_factory=dict)
    metrics: Mapping[str, JSON] = field(default_factory=dict)
    provenance: Mapping[str, JSON] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_names(self.mask, self.densities, self.state)
        owned = {
            "densities": {name: check_density(self.densities[name], f"density of {name!r}") for name in self.mask},
            "weights": self.weights if isinstance(self.weights, Recipe) else own_weights(self.weights, self.mask),
            "state": {name: own(name, self.state[name]) for name in sorted(self.state)},
            "spec": own_json(self.spec, "spec"),
            "metrics": own_json(self.metrics, "metrics"),
            "provenance": own_json(self.provenance, "provenance"),
        }
        for name, value in owned.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        weights = self.weights if isinstance(self.weights, Recipe) else "given weights"
        return f"Ticket({self.architecture.name!r}, {self.mask!r}, {weights!r})"

    def initial_weights(self) -> dict[str, Tensor]:
        """The unmasked weights that the ticket starts from, by name: drawn afresh, or copied."""
        return {name: self._initial(name) for name in self.mask}

    @cached_property
    def weights_digest(self) -> str:
        """`sha256:` and the hash of the names, types, shapes and values of the initial weights, in name order."""
        # One layer at a time: a large network is never held a second time.
        digest = named_digest("tombola weights digest", ((name, self._initial(name)) for name in sorted(self.mask)))
        return f"sha256:{digest.hex()}"

    @cached_property
    def digest(self) -> str:
        """`sha256:` and the hash of all that the ticket is: equal tickets have equal digests."""
        return f"sha256:{content_digest(*content(self)).hex()}"

    def build(self, model: nn.Module | None = None) -> nn.Module:
        """The network with the kept weights at their initial values, all others zero, and the state in place.

        Args:
            model: filled in place, so its class, its ties and its parameter objects stay; without
                it, the builtin architecture is made.

        Raises:
            TicketError: where the ticket belongs to another architecture: the names and shapes
                that differ are given; where there is no model and the architecture is not builtin.
            UsageError: where `model` is no module.
        """
        if not (model is None or isinstance(model, nn.Module)):
            raise UsageError(f"model={model!r:.100}: expected an nn.Module to fill, or None for a builtin architecture")
        shapes = self._shapes | {name: tuple(tensor.shape) for name, tensor in self.state.items()}
        if model is None:
            model = make(self.architecture, shapes)
        check_fits(self.architecture.name, shapes, model)
        fill(model, self._values())
        return model

    def save(self, path: Path | str) -> Path:
        """Write the ticket file, in one step; `tombola.load` reads it back. The same ticket gives the same bytes.

        Raises:
            RunFolderError: where it cannot be written; what was there before is untouched.
            UsageError: where `path` is no path.
        """
        if not isinstance(path, str | Path):
            raise UsageError(f"path={path!r:.100}: expected the path of the file to write")
        write_bytes(Path(path), encode(self))
        return Path(path)

    def sizes(self) -> dict[str, int]:
        """In bytes: `ticket_bytes`, `dense_fp32_bytes` of all numbers as float32, `entropy_bytes` of the mask."""
        return {"ticket_bytes": len(encode(self))} | sizes(self.mask, self.state)

    @cached_property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return self.mask.shapes

    def _initial(self, name: str) -> Tensor:
        if isinstance(self.weights, Recipe):
            return self.weights.tensor(name, self._shapes[name], self.densities[name])
        return self.weights[name].clone()

    def _values(self) -> Iterator[tuple[str, Tensor]]:
        for name, kept in self.mask.items():
            yield name, self._initial(name).masked_fill_(~kept, 0)
        yield from self.state.items()
