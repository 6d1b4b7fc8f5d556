"""How figures are written, whatever the metric and the split are."""

from pathlib import Path

import pytest
from rich.console import Console

from tombola.cli.actions.printing import comparison_table, figures_text, mean_text, sizes_text
from tombola.cli.actions.replicates import mean_record

REGRESSION = {
    "metric": "mean_error",
    "evaluated_on": "validation",
    "validation_mean_error": 0.123456,
    "validation_loss": 0.05,
    "test_mean_error": None,
    "test_loss": None,
    "comparison": [
        {"name": "[b]x", "weights": "own", "density": 0.5, "kept": 1234, "validation_mean_error": 0.123456}
        | {"validation_loss": 0.05},
    ],
}


def test_validation_figures_of_a_regression() -> None:
    assert figures_text(REGRESSION) == "validation mean error 0.1235, loss 0.050"


def test_table_has_the_splits_own_columns_and_takes_names_as_they_are() -> None:
    console = Console(width=120)
    with console.capture() as capture:
        console.print(comparison_table(REGRESSION))
    for part in ("validation mean error", "validation loss", "▸ [b]x", "1,234", "0.1235", "0.050"):
        assert part in capture.get()


def test_mean_and_deviation() -> None:
    records = [{"metric": "accuracy", "evaluated_on": "test", "test_accuracy": value} for value in (0.9, 0.92, 0.94)]
    assert mean_text(records) == "mean: test accuracy 92.00% ± 2.00% (standard deviation of 3 replicates)"


def test_mean_record_keeps_what_all_share(tmp_path: Path) -> None:
    records = [
        {"seed": seed, "metric": "mae", "test_mae": 1.0 + seed, "kept": 5, "digest": f"d{seed}", "chance": None}
        for seed in (0, 1)
    ]
    merged = mean_record(tmp_path, records)
    assert merged == {
        "metric": "mae",
        "test_mae": 1.5,
        "kept": 5,
        "digest": None,
        "chance": None,
        "run": str(tmp_path),
        "replicates": records,
    }


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ((10_000, 200_000), "10.0 kB, 20.0 times smaller than dense fp32 (200 kB)"),
        ((2_000, 324), "2.00 kB, larger than dense fp32 (324 B)"),
    ],
)
def test_sizes(sizes: tuple[int, int], text: str) -> None:
    assert sizes_text(dict(zip(("ticket_bytes", "dense_fp32_bytes"), sizes, strict=True))) == text
