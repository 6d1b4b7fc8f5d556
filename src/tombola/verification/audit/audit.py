"""All checks, one after the other."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from torch import nn

from tombola.errors import UsageError
from tombola.verification.audit.audited import Audited
from tombola.verification.audit.finding import Answer, Finding, find
from tombola.verification.audit.of_checkpoints import checkpoints
from tombola.verification.audit.of_network import normalisation_state, pruned_weights
from tombola.verification.audit.of_run import result, spec
from tombola.verification.audit.of_ticket import digest, initial_weights, mask_counts

CHECKS: dict[str, Callable[[Audited], Answer]] = {
    "digest": digest,
    "mask counts": mask_counts,
    "initial weights": initial_weights,
    "pruned weights are zero": pruned_weights,
    "normalisation state": normalisation_state,
    "result": result,
    "spec": spec,
    "checkpoints": checkpoints,
}


def audit(path: str | Path, model: nn.Module | None = None) -> tuple[Finding, ...]:
    """Hold a ticket file or a run folder against all that it promises.

    Nothing that is in the files makes this raise: what cannot be read is a finding.

    Args:
        path: a ticket file, or the folder of a run.
        model: a module of the ticket's architecture, where that is not builtin; it stays as it is.

    Returns:
        one finding for each of `CHECKS`, in this order.

    Raises:
        UsageError: where `path` is no path.

    >>> [finding.detail for finding in audit("missing.ticket") if finding.name == "digest"]
    ['missing.ticket: there is no such file']
    """
    if not isinstance(path, str | Path):
        raise UsageError(f"expected the path of a ticket file or of a run folder, got {type(path).__name__}")
    audited = Audited(Path(path), model)
    return tuple(find(name, partial(check, audited)) for name, check in CHECKS.items())
