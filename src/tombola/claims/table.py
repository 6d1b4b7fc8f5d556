"""Records of studies as a table, with what was published for the place of each."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tombola.claims.ledger import published_beside
from tombola.claims.published import Published
from tombola.records import StudyRecord, frame
from tombola.records.results_folder import read_records

if TYPE_CHECKING:
    import pandas as pd


def results(folder: str | Path = "results") -> "pd.DataFrame":
    """The records of studies as a table: one row a run.

    Its columns are `study`, `preset`, `arm`, `seed`, the axes by their names, `outcome`, the figures of the
    result (`test_accuracy`, `validation_loss`, `density`, `kept`, …), `seconds`, `id`, and every setting by
    its path (`method.name`, `training.epochs`, …); and what it was made by (`code.commit`, `environment.torch`, …).
    Where density is an axis, it is the one that was asked for; `kept` of `prunable` weights is what it came to.
    `published` is what somebody else reports of the metric that we report, of their own data and length of
    training, and `published_certainty` how sure that number is (`author`, `third party`, `figure`, `re-run`,
    `memory`); empty where nothing is known, and beside runs that their preset makes too small to be compared.

    Args:
        folder: of all studies, of one, or of one with one preset.

    Raises:
        UsageError: where that is no path.
        RunFolderError: where there is no such folder, or a record is damaged or of an unknown version.
    """
    return table(read_records(folder))


def table(records: Iterable[StudyRecord]) -> "pd.DataFrame":
    """Records as a table, see `results`."""
    import pandas as pd

    given = tuple(records)
    theirs = [_reported_elsewhere(record) for record in given]
    values = [None if each is None else each.value for each in theirs]
    certainties = [None if each is None else each.certainty for each in theirs]
    return frame.table(given).assign(
        published=pd.Series(values, dtype=float), published_certainty=pd.Series(certainties, dtype=object)
    )


def _reported_elsewhere(record: StudyRecord) -> Published | None:
    """What was published of the metric that a run reports; nothing where it broke down."""
    return None if record.result is None else published_beside(record, record.result.metric)
