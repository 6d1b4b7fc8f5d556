"""`tombola claims`: the ledger, and its page."""

from pathlib import Path
from typing import Any

import pytest
from tests.claims.judged_records import HUMP, record, sweep, written
from tests.cli.calling import Call


def test_a_page_of_some_claims_shows_the_studies_that_they_rest_on(call: Call, tmp_path: Path) -> None:
    own = [record("own", "runs", seed, 0.5 + lr, lr=lr) for lr in (0.1, 0.2) for seed in (0, 1)]
    home = written(tmp_path / "results", [*sweep(HUMP), *own])
    for only, studies in (
        ((), ["density-lenet", "own"]),
        (("--only", "W2"), ["density-lenet"]),
        (("--only", "L9"), []),
    ):
        page = tmp_path / "-".join(only) / "page.md"
        page.parent.mkdir(exist_ok=True)
        assert call("claims", str(home), *only, "--markdown", str(page)).code == 0
        headings = [line[3:] for line in page.read_text().splitlines() if line.startswith("## ") and line[3].islower()]
        assert headings == studies


def test_names_of_records_and_studies_are_but_text_on_the_page(call: Call, tmp_path: Path) -> None:
    wild = "<b>*x*\x1b\\"
    points: list[dict[str, Any]] = [{"model": wild, wild: value} for value in (1.0, 2.0)]
    runs = [record("own <b>", "runs", seed, 0.5, **point) for point in points for seed in (0, 1)]
    single = record("single", "runs", 0, 0.5, model=wild)
    home, page = written(tmp_path / "results", [*sweep(HUMP), *runs, single]), tmp_path / "page.md"
    assert call("claims", str(home), "--markdown", str(page)).code == 0
    text = page.read_text()
    assert "## own &lt;b&gt;\n" in text
    assert "\n&lt;b&gt;\\*x\\*\\\\x1b\\\\: test accuracy. " in text, "of the table of runs without a figure"
    assert "<b>" not in text


def test_a_ledger_that_cannot_be_written_leaves_no_pictures(call: Call, tmp_path: Path) -> None:
    home = written(tmp_path / "results", sweep(HUMP))
    (tmp_path / "page.md").mkdir()
    said = call("claims", str(home), "--markdown", str(tmp_path / "page.md"))
    assert (said.code, "it is a folder" in said.err) == (2, True)
    assert not (tmp_path / "images").exists()


def test_the_ledger(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = call("claims", "--json").last_json
    assert {"id", "verdict", "scale", "replicates", "command"} <= rows[0].keys()
    assert {row["verdict"] for row in rows} == {"undecided"}
    said = call("claims", "--only", "W1", "--evidence")
    assert said.code == 0
    assert "no records" in said.out
    assert "a study again: `tombola study NAME --preset SCALE`" in said.out
    assert "without records of the studies density-lenet and density" in said.out
    assert call("claims", "--markdown", str(tmp_path / "ledger.md")).code == 0
    page = (tmp_path / "ledger.md").read_text()
    assert "| [W1](#w1) |" in page
    assert "tombola study density-lenet --preset laptop" in page
    assert "is said in `docs/studies.md` of tombola" in page
    for words, sentence in ((("--only", "W99"), "unknown claim 'W99'"), (("none",), "none is not a folder")):
        refused = call("claims", *words)
        assert (refused.code, sentence in refused.err) == (2, True)
