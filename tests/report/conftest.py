"""Record files written and read, fresh for each test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.report.made_records import Files, run_files, write_run

from tombola.report import RunRecord, VerificationRecord


@pytest.fixture
def files() -> Files:
    """The record files, fresh for each test."""
    return run_files()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """Write record files to a new run folder."""
    return lambda files: write_run(tmp_path / "run", files)


@pytest.fixture
def read(write: Callable[[Files], Path]) -> Callable[[Files], RunRecord]:
    """Write record files and read them back as a record."""
    return lambda files: RunRecord.read(write(files))


@pytest.fixture
def record(read: Callable[[Files], RunRecord], files: Files) -> RunRecord:
    """The record of the small run."""
    return read(files)


@pytest.fixture
def verify(tmp_path: Path) -> Callable[[dict[str, Any]], VerificationRecord]:
    """Write a verification to a folder of its own and read it back as a record."""

    def written(content: dict[str, Any]) -> VerificationRecord:
        folder = write_run(tmp_path / "verified", {"verification.json": content})
        return VerificationRecord.read(folder)

    return written
