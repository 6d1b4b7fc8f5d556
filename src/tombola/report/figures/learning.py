"""What the curves of a run are of, in a sentence or two."""

import re
from collections import Counter
from itertools import pairwise

from tombola.records.run_record import RunRecord
from tombola.report.figures.curves import is_early_stop, is_within_epochs

_WHAT = "on the data it learns from and on data held out"


def learning_words(record: RunRecord) -> str:
    """How often the network was measured and, where the ticket was trained, whose training it is."""
    often = _how_often(record)
    if record.result.over_draws is not None:
        return (
            f"{often}: on the data it learns from with the masks it draws, on data held out with the most likely one."
        )
    if not record.result.trained:
        return f"{often}, {_WHAT}."
    level = f" of level {record.result.levels[-1].level}" if record.result.levels else ""
    stop = " The dashed line is the early stop, where the loss on held-out data is lowest."
    return f"The training of the ticket{level}. {often}, {_WHAT}.{stop if is_early_stop(record) else ''}"


def _how_often(record: RunRecord) -> str:
    """As the settings say, of which rows may be but some; from the rows where they do not."""
    training = record.spec.get("training")
    asked = str(training.get("evaluate_every")) if isinstance(training, dict) else ""
    if found := re.fullmatch(r"(\d{1,12})(ep|it)", asked):
        count, unit = int(found[1]), "epochs" if found[2] == "ep" else "iterations"
        return "After each epoch" if (count, unit) == (1, "epochs") else f"Every {count:,} {unit}"
    if not is_within_epochs(record.epochs):
        return "After each epoch"
    steps = [row.step for row in record.epochs if row.step is not None]
    apart = Counter(later - earlier for earlier, later in pairwise(steps)).most_common(1)
    return f"Every {apart[0][0]:,} iterations" if apart else "Now and then"
