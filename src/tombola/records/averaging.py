"""Replicates of runs as one row: their means and standard deviations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

PLACES = ("study", "preset", "arm")
TIMES = ("seconds", "train_seconds", "step_seconds")


def averaged(frame: "pd.DataFrame", points: Sequence[str], axes: Sequence[str]) -> "pd.DataFrame":
    """The replicates of a run as one row: means, deviations as `NAME std`, and what is the same in all of them.

    Args:
        frame: one row a run, numbered as they were before any was left out.
        points: of each run its own whole place, which with study and preset says which are replicates: what is an
            axis of one arm, such as the density, another measures.
        axes: of all runs; these columns stay.
    """
    import pandas as pd

    keys = [frame[name] for name in (*PLACES, "outcome")]
    measured = [name for name in map(str, frame) if _is_measured(frame, name)]
    rest = [name for name in map(str, frame) if name not in (*PLACES, "outcome", *measured)]
    groups = frame.groupby([*keys, frame.index.map(dict(enumerate(points)))], dropna=False, sort=False)
    shared = groups[rest].first().where(groups[rest].nunique(dropna=False) <= 1)
    shared = shared[[name for name in rest if name in axes or shared[name].notna().any()]]
    is_same = groups[measured].nunique() <= 1  # and stays as it is, to the last digit
    means, deviations = groups[measured].mean().mask(is_same, groups[measured].first()), groups[measured].std()
    found = pd.concat([shared, means, deviations.add_suffix(" std"), groups.size().rename("replicates")], axis=1)
    return found.reset_index(level=[*PLACES, "outcome"]).reset_index(drop=True)


def _is_measured(frame: "pd.DataFrame", name: str) -> bool:
    is_figure = name in ("density", *TIMES) or name.startswith(("test_", "validation_"))
    return is_figure and name != "validation_fraction" and frame[name].dtype.kind in "if"
