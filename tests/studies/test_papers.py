"""The studies of papers: each has a tiny preset that runs in seconds, and settings that can be planned."""

from pathlib import Path

import pytest

from tombola.claims import CLAIMS
from tombola.records.frame import read_records
from tombola.report import write_site
from tombola.studies import Conductor, StudyFolder, check
from tombola.studies.papers import PAPERS


@pytest.mark.parametrize("name", PAPERS)
def test_the_tiny_preset_runs(name: str, tmp_path: Path) -> None:
    study = PAPERS[name]
    check(study, "tiny", {})
    folder = StudyFolder(tmp_path / "results", tmp_path / "work", name, "tiny")
    assert Conductor(folder).run(study, "tiny").is_complete
    records = read_records(tmp_path / "results")
    assert len(records) == len(study.runs("tiny"))
    for record in records:
        assert record.outcome == "finished", record.error
        assert set(record.measured) == {measure["name"] for measure in study.preset("tiny").measures or study.measures}
    assert write_site(tmp_path / "results").exists()


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("preset", ["laptop", "paper"])
def test_the_larger_presets_can_be_planned(name: str, preset: str, shared_data: Path) -> None:
    places = {"mnist": str(shared_data / "mnist"), "cifar10": str(shared_data / "cifar10-jpeg")}
    check(PAPERS[name], preset, places)


def test_every_study_says_what_it_asks_and_decides() -> None:
    known = {claim.id for claim in CLAIMS}
    for name, study in PAPERS.items():
        assert study.name == name
        assert study.title
        assert study.question.endswith("?")
        assert set(study.claims) <= known
        assert {"tiny", "laptop", "paper"} == set(study.presets)
