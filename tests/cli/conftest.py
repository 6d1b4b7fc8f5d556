"""A finished run that the tests of the command line look at, and a way to call a command."""

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # for `tests.cli`, wherever pytest is started

from tests.cli.calling import SMALL_STUDY, Call, Said, Words

from tombola.cli import main

FIND = ("find", "--model", "digits-mlp", "--data", "digits", "--epochs", "1")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command in this process."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        code = main(words)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run; tests only read it."""
    folder = tmp_path_factory.mktemp("cli") / "run"
    with redirect_stdout(io.StringIO()):
        assert main([*FIND, "--out", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture
def find() -> Words:
    """The words of the smallest search."""
    return FIND


@pytest.fixture
def study(tmp_path: Path) -> tuple[str, ...]:
    """The words that run a small study in folders of its own."""
    (tmp_path / "mine.yaml").write_text(SMALL_STUDY)
    return (
        "study",
        str(tmp_path / "mine.yaml"),
        "--results",
        str(tmp_path / "results"),
        "--work",
        str(tmp_path / "work"),
    )
