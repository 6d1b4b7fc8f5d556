"""The site of a folder of studies: its figures are means of its records, its pages need nothing and execute nothing."""

import base64
import csv
import io
import json
import posixpath
import re
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.claims.judged_records import HUMP, STUDY, altered, record, sweep, written
from tests.report.test_report_paper_figures import study_records
from tests.report.test_report_study_figures import with_levels

from tombola.errors import RunFolderError
from tombola.records import LayerRow, StudyRecord
from tombola.records.results_folder import read_records
from tombola.records.study_file import StudyPart
from tombola.records.study_record import Code, Commit
from tombola.report import pictures, studies_in, tables, write_site
from tombola.report.figures.study import study_figures
from tombola.report.site.study_of import StudyOf

HOSTILE = "<script>alert(1)</script>"
TURNED = "\u202e"  # turns the direction of what follows
WILD = f'a\x1b[31m\0\ufffe{TURNED}\n\u2028\\"+b'


def test_masks_that_are_drawn_are_shown_by_their_mean_over_draws(tmp_path: Path) -> None:
    records = [record(STUDY, "bernoulli", seed, 0.5, lr=lr, drawn=0.9) for seed in range(2) for lr in (50.0, 200.0)]
    (figure,) = study_figures(records)
    assert {point.mean for point in figure.points} == {0.9}
    home = write_site(written(tmp_path, records)).parent
    assert "the mean over draws" in (home / "density-lenet--laptop.html").read_text()


def test_a_study_made_in_python_has_no_command(tmp_path: Path) -> None:
    home = written(tmp_path, sweep(HUMP))
    description = home / STUDY / "study.json"
    description.write_text(json.dumps(json.loads(description.read_text()) | {"given": None}))
    page = write_site(home).parent / "density-lenet--laptop.html"
    assert "By a program in Python, with the study <code>density-lenet</code>" in page.read_text()
    assert "tombola study" not in page.read_text()


def test_a_command_says_which_folder_the_data_was_in() -> None:
    part = StudyPart.model_validate(
        {"name": "mine", "settings": {"data": "mnist"}, "presets": {"tiny": {"settings": {"data": "digits"}}}}
    )
    spec = {"run": {"data": {"name": "my digits", "source": "folder my digits (2 Parquet files)"}}}
    local = record(STUDY, "runs", 0, 0.5).model_copy(update={"spec": spec})
    fetched = local.model_copy(update={"spec": {"run": {"data": {"name": "mnist", "source": "hub ylecun/mnist"}}}})
    command = "tombola study mine.yaml --preset"
    assert StudyOf(part, "mine.yaml", "laptop", (local,)).command == f"{command} laptop --data 'mnist=my digits'"
    assert StudyOf(part, "mine.yaml", "tiny", (local,)).command == f"{command} tiny --data 'digits=my digits'"
    for records in ((fetched,), (local, local.model_copy(update={"spec": {"run": {"data": "mnist"}}}))):
        assert ("--data" in str(StudyOf(part, "mine.yaml", "laptop", records).command)) == (records[0] is local)
    for odd in ({"presets": 3, "settings": []}, {"presets": {"laptop": 3}}, {"settings": {"data": ["mnist"]}}):
        assert StudyPart.model_validate({"name": "mine"} | odd).data("laptop") is None


def test_the_page_of_a_run_says_which_programs_were_at_it(tmp_path: Path) -> None:
    code = Code(commit="ab" * 20, dirty=True, earlier=(Commit(commit="cd" * 20, dirty=False), Commit()))
    runs = [record(STUDY, "runs", 0, 0.5), record(STUDY, "runs", 1, None)]
    home = write_site(written(tmp_path, [each.model_copy(update={"code": code}) for each in runs])).parent
    pages = [path.read_text() for path in home.glob("*/*.html")]
    assert len(pages) == 2
    for page in pages:
        assert "abababababab, its files changed" in page
        assert "cdcdcdcdcdcd<" in page


def test_runs_are_listed_in_the_order_of_their_places(tmp_path: Path) -> None:
    records = [record(STUDY, arm, seed, 0.5, lr=lr) for seed in (1, 0) for lr in (10.0, 2.0) for arm in ("b", "a")]
    page = (write_site(written(tmp_path, records)).parent / "density-lenet--laptop.html").read_text()
    found = re.findall(
        r'<a class="page" href="density-lenet--laptop/[^"]*">(.*?)</a></th><td class="number">(\d)', page
    )
    assert found == [(f"{arm}: lr {lr}", seed) for arm in "ab" for lr in ("2.0", "10.0") for seed in "01"]


def test_a_run_of_two_studies_is_counted_once(tmp_path: Path) -> None:
    twice = [record(name, "edge-popup", 0, 0.5, density=0.1) for name in ("density-lenet", "width-lenet")]
    assert twice[0].id == twice[1].id
    page = write_site(written(tmp_path, twice)).read_text()
    assert re.search(r"<dt>runs recorded</dt>\s*<dd class=\"figure\">1</dd>", page)
    assert re.search(r"1\.0+ s of computing", page)


def test_a_description_that_is_missing_is_told(tmp_path: Path) -> None:
    home = written(tmp_path, sweep(HUMP)[:1])
    (path,) = (home / STUDY / "laptop").glob("*.json")
    path.rename(path.with_name("0123456789abcdef-012345.json"))
    (home / STUDY / "study.json").unlink()
    with pytest.raises(RunFolderError, match=r"is a record, and .*study\.json is missing: run the study again"):
        read_records(home)


def test_runs_that_were_run_more_often_than_others_are_said_to_be(tmp_path: Path) -> None:
    more = [record(STUDY, "dense", seed, 0.97) for seed in range(3, 10)]
    page = write_site(written(tmp_path, sweep(HUMP) + more)).parent / "density-lenet--laptop.html"
    assert "3 to 10 replicates: means" in page.read_text()


def test_the_pages_are_whole_and_linked(tmp_path: Path) -> None:
    index = write_site(written(tmp_path, [*sweep(HUMP), *(with_levels(seed) for seed in range(2))]))
    pages = {path.relative_to(index.parent).as_posix(): path.read_text() for path in index.parent.rglob("*.html")}
    studies = {"density-lenet--laptop", "tickets-lenet--laptop"}
    assert {name for name in pages if "/" not in name} == {"index.html", *(f"{study}.html" for study in studies)}
    assert {name.partition("/")[0] for name in pages if "/" in name} == studies
    linked = set()
    for name, text in pages.items():
        assert "default-src 'none'" in text
        assert "<link" not in text
        links = re.findall(r'<(?:a|img|script)[^>]* (?:href|src)="([^"]+)"', text.partition("<noscript>")[0])
        inner = {posixpath.normpath(posixpath.join(posixpath.dirname(name), link)) for link in links if ":" not in link}
        assert inner <= set(pages)
        linked |= inner
    assert linked == set(pages), "every page can be reached"
    assert "confirmed" in pages["index.html"]
    assert 'id="series-1"' in pages["density-lenet--laptop.html"]
    assert 'id="level-2"' in pages["tickets-lenet--laptop.html"]


def test_nothing_that_a_record_holds_is_executed(tmp_path: Path) -> None:
    hostile = [
        each.model_copy(update={"arm": HOSTILE, "point": {HOSTILE: HOSTILE, "density": 0.1}, "seed": seed})
        for seed, each in enumerate(sweep(HUMP))
    ]
    index = write_site(written(tmp_path, hostile, title=HOSTILE + TURNED, question=HOSTILE, source=HOSTILE))
    pages = list(index.parent.rglob("*.html"))
    assert len(pages) > len(hostile)
    for path in pages:
        assert HOSTILE not in path.read_text()
        assert TURNED not in path.read_text()


def wild_records() -> list[StudyRecord]:
    """Runs whose axis, model, networks and layers have names that neither XML nor an expression can hold."""
    layer = LayerRow(name=WILD, shape=(3, 4), prunable=12, kept=6, density=0.5, units=3, live_units=2)
    found = []
    for seed, value in ((0, 1.0), (1, 2.0)):
        point: dict[str, Any] = {WILD: value, "model": WILD}
        given = record(STUDY, WILD, seed, 0.5, **point)
        assert given.result is not None
        found.append(given.model_copy(update={"result": given.result.model_copy(update={"layers": (layer,)})}))
    return found


def test_what_no_picture_can_hold_is_shown_as_its_escape(tmp_path: Path) -> None:
    home = written(tmp_path, wild_records())
    (picture,) = pictures(studies_in(home))
    assert ElementTree.fromstring(picture.svg).tag.endswith("svg")
    pages = {path.parent.name: path.read_text() for path in write_site(home).parent.rglob("*.html")}
    for page in pages.values():
        assert not set("\x1b\0\ufffe\u2028" + TURNED) & set(page)
    assert 'aria-label="Density per layer: a\\x1b[31m' in pages["density-lenet--laptop"]


def test_a_page_of_a_run_is_made_again_only_where_its_record_is_another(tmp_path: Path) -> None:
    records = sweep(HUMP)
    home = write_site(written(tmp_path, records)).parent
    pages = sorted(home.glob("*/*.html"))
    before = {path: path.stat().st_mtime_ns for path in pages}
    changed = records[0].model_copy(update={"seconds": 77.0})
    write_site(written(tmp_path, [changed, *records[1:]]))
    anew = [path for path in pages if path.stat().st_mtime_ns != before[path]]
    assert len(anew) == 1
    assert len(pages) == len(records)


def test_pages_of_records_that_are_gone_are_removed_and_nothing_else(tmp_path: Path) -> None:
    home = written(tmp_path, [*sweep(HUMP), record("width-lenet", "dense", 0, 0.5)])
    site = write_site(home).parent
    (site / "notes.html").write_text("mine")
    shutil.rmtree(home / "width-lenet")
    gone = next((home / STUDY / "laptop").glob("*.json"))
    gone.unlink()
    before = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    write_site(home)
    removed = before - {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert sorted(name.partition("/")[0] for name in removed) == [
        "density-lenet--laptop",
        "width-lenet--laptop",
        "width-lenet--laptop.html",
    ]
    assert not (site / "width-lenet--laptop").exists()
    assert (site / "notes.html").read_text() == "mine"


def test_means_without_a_figure_are_a_table_beside_the_published(tmp_path: Path) -> None:
    place = {"weights": "signed-kaiming-constant", "density": 0.5, "model": "conv4"}
    popup = [record("density", "edge-popup", seed, 0.83 + 0.01 * seed, preset="paper", **place) for seed in range(2)]
    dense = record("density", "dense", 0, 0.8178, preset="paper", model="conv4")
    page = (write_site(written(tmp_path, [*popup, dense])).parent / "density--paper.html").read_text()
    shown = re.sub(r"\s*<[^>]+>\s*", "|", page)
    assert re.search(r"edge-popup, signed-kaiming-constant, density 0\.5\|+83\.50% ± 0\.71\|+86\.07%, re-run\|", shown)
    assert re.search(r"dense\|+81\.78%\|+86\.21%, re-run\|+–\|+1\|", shown)


def test_tables_of_studies_are_those_of_papers_and_of_what_has_no_figure(tmp_path: Path) -> None:
    place = {"model": "conv4", "weights": "signed-kaiming-constant", "density": 0.5}
    popup = [
        record("density", "edge-popup", seed, value, preset="paper", **place) for seed, value in ((0, 0.8), (1, 0.9))
    ]
    (found,) = tables(studies_in(written(tmp_path, [*popup, *sweep(HUMP)])))
    assert (found.study, found.words.split(". ")[0]) == ("density", "Conv4: test accuracy")
    ((name, cells),) = found.table.rows
    assert name == "edge-popup, signed-kaiming-constant, density 0.5"
    assert [cell.text for cell in cells[:2]] == ["85.00% ± 7.07", "86.07%, re-run"]


def downloads(page: str) -> dict[str, str]:
    """The content of each file that a page offers, by its name."""
    found = re.findall(r'<a class="data" href="data:[^"]*;base64,([^"]*)" download="([^"]*)"', page)
    assert len({name for _, name in found}) == len(found), "two files of one name"
    return {name: base64.b64decode(content).decode() for content, name in found}


def rows_of(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


def test_each_file_of_a_page_says_what_it_is_and_holds_all_that_is_drawn(tmp_path: Path) -> None:
    records = [each for model in ("conv2", "conv4") for each in sweep(HUMP, model=model)]
    home = write_site(written(tmp_path, [*records, *(with_levels(seed) for seed in range(2))])).parent
    files = downloads((home / "density-lenet--laptop.html").read_text())
    assert set(files) == {
        "density-lenet--laptop-conv2-accuracy-over-density.csv",
        "density-lenet--laptop-conv4-accuracy-over-density.csv",
        "density-lenet--laptop-runs.csv",
        "density-lenet.json",
    }
    rows = rows_of(files["density-lenet--laptop-conv4-accuracy-over-density.csv"])
    assert {(row["study"], row["preset"], row["model"], row["quantity"]) for row in rows} == {
        ("density-lenet", "laptop", "conv4", "accuracy")
    }
    assert [(row["line"], row["x"], row["replicates"]) for row in rows][-1] == ("dense", "", "3")
    levels = downloads((home / "tickets-lenet--laptop.html").read_text())
    rows = rows_of(levels["tickets-lenet--laptop-iterations-over-levels.csv"])
    dense, theirs = rows[-2:]
    assert (dense["line"], dense["density"], dense["mean"]) == ("dense", "1.0", "150.0")
    shown = ("quantity", "density", "published", "mean", "replicates", "certainty", "drawn_at", "drawn")
    expected = ["iterations over dense", "0.21", "0.62", "", "0", "third party", "0.21", "93.0"]
    assert [theirs[name] for name in shown] == expected, "of 150 iterations that ours took"


def test_published_values_are_in_a_figure_s_file_where_they_belong(tmp_path: Path) -> None:
    place = {"model": "conv4", "weights": "signed-kaiming-constant"}
    records = [record("density", "edge-popup", seed, 0.6, density=at, **place) for at in (0.1, 0.5) for seed in (0, 1)]
    page = (write_site(written(tmp_path, records)).parent / "density--laptop.html").read_text()
    rows = rows_of(downloads(page)["density--laptop-conv4-accuracy-over-density.csv"])
    assert [(row["x"], row["mean"], row["published"]) for row in rows] == [
        ("0.1", "0.6", "0.7245"),
        ("0.3", "", "0.8444"),
        ("0.5", "0.6", "0.8607"),
    ]


def test_the_tables_of_a_paper_are_files_of_numbers(tmp_path: Path) -> None:
    home = write_site(written(tmp_path, study_records(seeds=2))).parent
    files = downloads((home / "independent-study--laptop.html").read_text())
    rows = rows_of(files["independent-study--laptop-table-1.csv"])
    ticket = next(row for row in rows if row["row"] == "lottery ticket" and row["column"] == "final loss")
    assert (float(ticket["published"]), ticket["certainty"]) == (0.091, "author")
    assert float(ticket["mean"]) == pytest.approx(0.205)


def test_the_study_itself_stands_on_its_page(tmp_path: Path) -> None:
    axes = {"density": [0.1, 0.5, 0.9], "name": TURNED}
    home = write_site(written(tmp_path, sweep(HUMP), axes=axes)).parent
    page = (home / "density-lenet--laptop.html").read_text()
    assert json.loads(downloads(page)["density-lenet.json"])["axes"] == axes
    assert "&#34;axes&#34;: {" in page
    assert TURNED not in page


def test_a_run_that_came_to_nothing_has_a_page_that_says_so(tmp_path: Path) -> None:
    broken = record(STUDY, "runs", 0, None, density=0.1).model_copy(update={"error": "the loss became nan"})
    home = write_site(written(tmp_path, [broken])).parent
    (page,) = home.glob("*/*.html")
    assert "the loss became nan" in page.read_text()
    assert "--where arm=runs density=0.1 seed=0" in page.read_text()


def test_pictures_are_files_that_a_page_can_show(tmp_path: Path) -> None:
    written(tmp_path, [*sweep(HUMP), *(with_levels(seed) for seed in range(2))])
    made = pictures(studies_in(tmp_path))
    assert {picture.study for picture in made} == {"density-lenet", "tickets-lenet"}
    assert len({picture.file for picture in made}) == len(made)
    for picture in made:
        content = picture.svg.decode()
        assert content.startswith("<svg")
        assert "replicates" in picture.words
        assert "<script" not in content


def test_no_page_is_written_elsewhere(tmp_path: Path) -> None:
    records = [each.model_copy(update={"id": "../../../above"}) for each in sweep(HUMP)[:1]]
    home = tmp_path / "deep" / "results"
    written(home, sweep(HUMP)[:1])
    path = next((home / STUDY / "laptop").glob("*.json"))
    kept = path.read_text()
    path.write_text(records[0].model_dump_json(by_alias=True))
    with pytest.raises(RunFolderError, match="is damaged: its id is not that of its spec"):
        write_site(home)
    path.write_text(kept)
    (home / STUDY / "study.json").write_text(json.dumps({"schema": 1, "study": {"name": "../../up", "settings": {}}}))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(RunFolderError, match=r"is of the study \.\./\.\./up, and lies in the folder of density-lenet"):
        write_site(home)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


def test_pages_of_two_studies_never_have_one_name(tmp_path: Path) -> None:
    records = [
        record("mine", "a", 0, 0.5, preset="laptop-gpu", density=0.1),
        record("mine-laptop", "b", 0, 0.5, preset="gpu", density=0.1),
    ]
    home = write_site(written(tmp_path, records)).parent
    assert {path.name for path in home.glob("mine*.html")} == {"mine--laptop-gpu.html", "mine-laptop--gpu.html"}


def test_parts_without_names_have_plain_words(tmp_path: Path) -> None:
    home = altered(tmp_path, ("spec", "run"), '{"data": [], "model": 3}')
    page = (write_site(home).parent / "density-lenet--laptop.html").read_text()
    assert "1 runs of unnamed model on unnamed data" in page


@pytest.mark.parametrize("name", ["report", "report/index.html", "report/density-lenet--laptop"])
def test_no_link_is_followed(name: str, tmp_path: Path) -> None:
    home, target = written(tmp_path / "results", sweep(HUMP)[:1]), tmp_path / "target"
    target.mkdir()
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).symlink_to(target)
    with pytest.raises(RunFolderError, match="is a link, which may lead anywhere"):
        write_site(home)
    assert not list(target.iterdir())


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no records of studies"):
        write_site(tmp_path)
    written(tmp_path, sweep(HUMP))
    (tmp_path / STUDY / "study.json").write_text('{"schema": 1, "study": {}}')
    with pytest.raises(RunFolderError, match=r"study\.json is damaged: study\.name"):
        write_site(tmp_path)
