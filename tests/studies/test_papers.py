"""The studies of papers: each has a tiny preset that runs in seconds, and settings that can be planned."""

from pathlib import Path

import pytest
from tests.data.made_images import made_folder

from tombola.claims import CLAIMS
from tombola.records.points import values_of
from tombola.records.results_folder import read_records
from tombola.records.spelling import flat
from tombola.report import write_site
from tombola.report.figures.papers import paper_figures
from tombola.studies import Conductor, Preset, StudyFolder, check, selected
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
        assert record.measured.model_dump(exclude_unset=True).keys() == {
            measure["name"] for measure in study.preset("tiny").measures or study.measures
        }
    assert write_site(tmp_path / "results").exists()


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("preset", ["laptop", "paper"])
def test_the_larger_presets_can_be_planned(name: str, preset: str, shared_data: Path, tmp_path: Path) -> None:
    places = {"mnist": str(shared_data / "mnist"), "cifar10": str(shared_data / "cifar10-jpeg")}
    places["imagenet"] = str(made_folder(tmp_path / "images", test=1, final="val"))
    check(PAPERS[name], preset, places)


@pytest.mark.parametrize("name", ["imagenet", "imagenet-density"])
def test_the_studies_of_imagenet_run_on_a_folder_of_images(name: str, tmp_path: Path) -> None:
    """The paper's own settings and networks, but for their size."""
    places = {"imagenet": str(made_folder(tmp_path / "images", each=4, test=2, final="val"))}
    small = {"image_size": 32, "model_arguments.width": 0.1, "epochs": 2, "warmup_epochs": 1, "batch_size": 6}
    small |= {"lr": 0.256 * 6 / 256}  # as the batch: at the paper's rate a batch of six may diverge
    study = PAPERS[name].model_copy(
        update={"presets": {"made": Preset(settings=small | {"precision": "32"}, replicates=1)}}
    )
    chosen = {"model": "resnet-50"} if name == "imagenet" else {"density": "0.3", "weights": "signed-kaiming-constant"}
    folder = StudyFolder(tmp_path / "results", tmp_path / "work", name, "made")
    check(study, "made", places)
    tally = Conductor(folder, places=places).run(study, "made", chosen)
    assert tally.is_complete
    records = read_records(tmp_path / "results")
    assert {record.outcome for record in records} == {"finished"}
    assert all(record.settings["image_size"] == 32 for record in records)
    found = paper_figures(name, records)
    assert found.figures[0].series is not None
    if name == "imagenet":
        assert found.tables[0].table is not None
        rows = dict(found.tables[0].table.rows)
        assert [cell.published for cell in rows["resnet-50, signed-kaiming-constant"]] == ["7.7 M", "68.60%"]
        assert [cell.published for cell in rows["resnet-50, dense"]] == ["25 M", "76.10%, memory"]
    else:
        assert found.figures[1].series is not None
        assert found.figures[1].series.lines == ("signed-kaiming-constant", "signed-kaiming-constant, scaled")


def test_every_study_says_what_it_asks_and_decides() -> None:
    for name, study in PAPERS.items():
        assert study.name == name
        assert study.title
        assert study.question.endswith("?")
        assert set(study.claims) == {claim.id for claim in CLAIMS if name in claim.studies}
        assert {"tiny", "laptop", "paper"} == set(study.presets)


@pytest.mark.parametrize("name", ["criteria", "criteria-lenet", "actions-lenet"])
def test_studies_at_one_density_claim_no_figure_over_densities(name: str) -> None:
    study = PAPERS[name]
    assert not any("density" in values_of(run.point) for run in study.runs("paper", replicates=1))
    assert "at one density" in study.source
    assert "figure" not in study.source


@pytest.mark.parametrize("name", PAPERS)
def test_a_run_is_found_again_by_what_its_page_says(name: str) -> None:
    """The words that a page gives for one run choose this run and no other."""
    runs = PAPERS[name].runs("paper")
    for run in (*runs[:3], *runs[-3:]):
        place = {"arm": run.arm} | {key: flat(value) for key, value in values_of(run.point).items()}
        assert selected(runs, place | {"seed": str(run.seed)}) == (run,)
