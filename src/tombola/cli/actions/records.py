"""What `--json` gives of a run."""

from typing import Any

from tombola.cli.actions.search import FinishedSearch


def summary(outcome: FinishedSearch) -> dict[str, Any]:
    """Every plain field of the run's record, the sizes, the comparison, and the paths as text."""
    result, folder = outcome.result, outcome.folder
    plain = {key: value for key, value in result.items() if not isinstance(value, list | dict)}
    paths = {"run": str(folder.path), "ticket": str(folder.ticket), "report": str(folder.report)}
    rest = {"sizes": result["sizes"], "comparison": result["comparison"], "was_finished": outcome.was_finished}
    return plain | paths | rest
