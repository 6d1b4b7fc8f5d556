"""The curves of a run: the rows of its history as columns, few enough to be kept small."""

from typing import Any

from tombola.errors import is_number

HELD_OUT_LOSSES = ("validation_loss", "test_loss")
MOST_POINTS = 200  # of a curve; more can neither be seen nor be kept small


def columns(rows: list[dict[str, Any]], most: int = MOST_POINTS) -> dict[str, list[float | None]]:
    """Rows as columns, about so many of them at most, evenly spread, the last one among them.

    The row with the lowest held-out loss is always there: the early stop.

    >>> columns([{"step": step, "loss": 1 / step} for step in range(1, 6)], most=3)
    {'step': [1, 3, 5], 'loss': [1.0, 0.3333333333333333, 0.2]}
    """
    count = len(rows)
    spread = {round(at * (count - 1) / (most - 1)) for at in range(most)} if count > most else set(range(count))
    chosen = [rows[at] for at in sorted(spread | {low for name in HELD_OUT_LOSSES for low in _lowest(rows, name)})]
    names = dict.fromkeys(name for row in chosen for name, value in row.items() if is_number(value))
    return {name: [row.get(name) if is_number(row.get(name)) else None for row in chosen] for name in names}


def _lowest(rows: list[dict[str, Any]], name: str) -> list[int]:
    """Where a figure is lowest, the first of equal ones; nowhere where no row has it."""
    found = [at for at, row in enumerate(rows) if is_number(row.get(name))]
    return [min(found, key=lambda at: rows[at][name])] if found else []
