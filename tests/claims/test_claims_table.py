"""The table of records has what was published beside each."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tests.claims.judged_records import record, written

import tombola as tb
from tombola.claims.table import table
from tombola.errors import UsageError

PLACE = {"model": "conv4", "weights": "kaiming-normal", "density": 0.5}


def test_a_run_stands_beside_what_was_published_for_its_place() -> None:
    rows = table(
        [
            record("density", "edge-popup", 0, 0.82, "paper", **PLACE),
            record("density", "edge-popup", 0, 0.4, "paper", **(PLACE | {"density": 0.9})),
            record("density", "edge-popup", 1, None, "paper", **PLACE),
            record("density", "edge-popup", 0, 0.4, "tiny", **PLACE),
            record("learned", "rescaled", 0, 0.7, "paper", model="conv4", weights="glorot-normal"),
            record("own", "runs", 0, 0.5, "full"),
        ]
    )
    assert rows["published"].tolist() == pytest.approx([0.836, *[float("nan")] * 3, 0.717, float("nan")], nan_ok=True)
    assert rows["published_certainty"].tolist() == ["re-run", None, None, None, "memory", None]
    assert rows["test_accuracy"].tolist()[:2] == [0.82, 0.4], "ours are as they were"


def test_the_columns_are_there_where_nothing_is_known() -> None:
    rows = table([record("own", "runs", 0, 0.5)])
    assert rows["published"].dtype.kind == "f"
    assert rows["published"].isna().all()
    assert table([]).columns.tolist() == ["published", "published_certainty"]


@pytest.mark.parametrize("read", [tb.results, tb.ledger])
@pytest.mark.parametrize("folder", [None, 3, b"x", ""])
def test_what_is_no_path_is_refused_in_a_sentence(read: Callable[..., object], folder: object) -> None:
    with pytest.raises(UsageError, match=re.escape(f"folder={folder!r}: expected a path")):
        read(folder)


def test_results_of_a_folder_have_them(tmp_path: Path) -> None:
    folder = written(tmp_path, [record("density", "dense", seed, 0.8, "paper", model="conv2") for seed in (0, 1)])
    rows = tb.results(folder)
    assert rows["published"].tolist() == pytest.approx([0.7813, 0.7813])
    assert isinstance(rows, pd.DataFrame)
