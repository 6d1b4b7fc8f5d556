"""`tombola verify` and `audit` from the command line."""

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.calling import Call

from tombola.cli.commands.verify import CONTROLS
from tombola.verification import CONTROLS as KNOWN


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    """A copy of a finished run, to write beside it."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_a_run_is_verified_and_keeps_the_verdict(call: Call, copied: Path) -> None:
    said = call("verify", str(copied), "--data", "digits", "--replicates", "3", "--json")
    assert said.code == 0
    assert len(said.out.splitlines()) == 1
    given = said.last_json
    assert given["verdict"] in ("winning", "not winning", "undecided")
    assert {"control", "measure", "difference", "low", "high", "outcome"} <= given["evidence"][0].keys()
    record = json.loads((copied / "verification.json").read_text())
    assert record["verdict"] == given["verdict"]
    assert record["command"] == f"tombola verify {copied} --data digits --replicates 3"
    assert (copied / "verification.html").exists()
    table = call("verify", str(copied), "--data", "digits", "--replicates", "3").out
    for part in ("supermask", "random-mask", "chance", "checks passed", str(copied / "verification.json")):
        assert part in table
    assert (
        call("verify", str(copied), "--data", "digits", "--replicates", "3", "--quiet").out.strip() == given["verdict"]
    )


def test_a_single_ticket_leaves_nothing_behind(call: Call, copied: Path) -> None:
    (copied.parent / "alone").write_bytes((copied / "ticket").read_bytes())
    before = sorted(copied.parent.rglob("*"))
    said = call("verify", str(copied.parent / "alone"), "--data", "digits", "--replicates", "2", "--json")
    assert said.code == 0
    assert said.last_json["folder"] is None
    assert sorted(copied.parent.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--replicates", "1"), "replicates=1: an interval needs 2 or more"),
        (("--controls", "random"), "unknown control 'random'"),
        (("--levels", "all"), "has no levels"),
        (("--levels", "x"), "expected all alone, or numbers of levels"),
        (("--train", "--as-it-is"), "contradict each other"),
        (("--definition", "best"), "unknown definition 'best'"),
        (("--epochs", "0"), "epochs=0"),
    ],
)
def test_wrong_use_is_one_sentence(words: tuple[str, ...], sentence: str, call: Call, copied: Path) -> None:
    said = call("verify", str(copied), "--data", "digits", *words)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert not (copied / "verification.json").exists()


def test_the_list_of_controls_in_help_is_complete() -> None:
    assert CONTROLS.split(", ") == list(KNOWN)


def test_an_audit_passes(call: Call, finished: Path) -> None:
    said = call("audit", str(finished))
    assert said.code == 0
    assert said.out.splitlines()[-1] == "passed"
    found = call("audit", str(finished / "ticket"), "--json").last_json
    assert found["passed"] is True
    assert {"digest", "mask counts", "initial weights"} <= {row["name"] for row in found["findings"]}


def test_a_failed_audit_names_what_failed_and_ends_with_1(call: Call, copied: Path) -> None:
    content = bytearray((copied / "ticket").read_bytes())
    content[-1] ^= 1
    (copied / "ticket").write_bytes(content)
    said = call("audit", str(copied), "--json")
    assert said.code == 1
    assert said.last_json["passed"] is False
    assert "FAILED" in call("audit", str(copied)).out


def test_what_is_no_ticket_fails_in_a_sentence(call: Call, tmp_path: Path) -> None:
    (tmp_path / "no").write_text("hello")
    for words in (("audit", str(tmp_path / "no")), ("verify", str(tmp_path / "no"), "--data", "digits")):
        said = call(*words)
        assert (said.code, said.out) == (2, "")
        assert len(said.err.splitlines()) == 1


def test_an_audit_of_what_is_not_there_is_wrong_use(call: Call, tmp_path: Path) -> None:
    said = call("audit", str(tmp_path / "missing"))
    assert (said.code, said.out) == (2, "")
    assert "does not exist: expected a ticket" in said.err
