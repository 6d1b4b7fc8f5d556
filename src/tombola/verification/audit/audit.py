"""All checks, one after the other."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from torch import nn

from tombola.errors import UsageError
from tombola.verification.audit.audited import Audited
from tombola.verification.audit.finding import Answer, Finding, find
from tombola.verification.audit.given import ticket_or_run
from tombola.verification.audit.of_checkpoints import checkpoints
from tombola.verification.audit.of_figures import figures
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
    "figures": figures,
    "spec": spec,
    "checkpoints": checkpoints,
}


def audit(path: str | Path, model: nn.Module | None = None) -> tuple[Finding, ...]:
    """Hold a ticket file or a run folder against all that it promises.

    Nothing that is in a ticket or a run makes this raise: what cannot be read is a finding.

    Args:
        path: a ticket file, or the folder of a finished run or of one of its levels.
        model: a module of the ticket's architecture, where that is not builtin; it stays as it is.

    Returns:
        one finding for each of `CHECKS`, in this order.

    Raises:
        UsageError: where there is neither a ticket nor a finished run at `path`.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".ticket") as empty:
    ...     print(audit(empty.name)[0].ok)
    False
    """
    if not isinstance(path, str | Path):
        raise UsageError(f"expected the path of a ticket file or of a run folder, got {type(path).__name__}")
    audited = Audited(ticket_or_run(Path(path)), model)
    return tuple(find(name, partial(check, audited)) for name, check in CHECKS.items())
