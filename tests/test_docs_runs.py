"""The page on runs names every control, every definition, and every file of a run."""

import re
from pathlib import Path

import pytest

from tombola.training import RunFolder
from tombola.verification import DEFINITIONS
from tombola.verification.controls import CONTROLS

DOCS = Path(__file__).parents[1] / "docs"
ROWS = re.findall(r"^\| `([^|]*)` \|", (DOCS / "runs.md").read_text(), flags=re.MULTILINE)
NAMED = {name for row in ROWS for name in re.split("`, `", row)}
FOLDER = RunFolder(Path("run"))
FILES = (FOLDER.spec, FOLDER.metrics, FOLDER.ticket, FOLDER.trained, FOLDER.result, FOLDER.report, FOLDER.verification)


@pytest.mark.parametrize("name", [*CONTROLS, *DEFINITIONS, *(path.name for path in FILES)])
def test_it_is_named(name: str) -> None:
    assert name in NAMED


def test_what_a_control_changes_and_keeps_is_what_the_page_says() -> None:
    page = (DOCS / "runs.md").read_text()
    for control in CONTROLS.values():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{control.name}` |"))
        assert row.split(" | ")[1].split(":")[0] == control.changes.split(":")[0]
