"""The page: whole, escaped, alone."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import torch
import vl_convert

from tombola.errors import RunFolderError, TicketError
from tombola.masks import Mask
from tombola.report import RunRecord, render_report, write_report
from tombola.ticket import Architecture, Ticket
from tombola.weights import SignedKaimingConstant

Files = dict[str, Any]
MASK = torch.tensor([[True, False, True, False], [False, True, True, False], [True, True, False, False]])
HOSTILE = """</script><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7 * 7 }}' -->"""


class Page(HTMLParser):
    """The elements of a page, and the text of its scripts and of the rest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words = ""
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._script = tag == "script"
        if self._script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._script = self._script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[-1] += data
        else:
            self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def page(record: RunRecord) -> Page:
    return Page(render_report(record, MASK))


def test_the_page_says_what_was_found(page: Page) -> None:
    for words in ("tiny on dots", "75.00%", "random mask", "25.00%", "18 B", "tombola find --model tiny", "fc1.weight"):
        assert words in page.words
    for words in ("model.arguments.width", "sha256:00", "equal: the search changed no weight", "threads"):
        assert words in page.words


def test_the_page_asks_nothing_of_a_network(page: Page) -> None:
    addresses = [
        value or ""
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in {"src", "href", "srcset", "action", "poster", "data"}
    ]
    assert addresses
    assert all(address.startswith("data:") for address in addresses)
    assert not page.all("link")
    assert not page.all("iframe")
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_only_the_pages_own_script_may_run(page: Page) -> None:
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv")) or ""
    running = [
        script
        for script, attributes in zip(page.scripts, page.all("script"), strict=True)
        if attributes.get("type") != "application/json"
    ]
    assert len(running) == 1
    assert "data-chart" in running[0]
    digest = base64.b64encode(hashlib.sha256(running[0].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert "script-src 'unsafe-inline'" not in policy


def test_every_chart_has_its_specification_a_description_and_its_data(page: Page) -> None:
    plots = [attributes for _, attributes in page.elements if "data-chart" in attributes]
    specs = {
        attributes["id"]: json.loads(script)
        for script, attributes in zip(page.scripts, page.all("script"), strict=True)
        if attributes.get("type") == "application/json"
    }
    assert [plot["data-chart"] for plot in plots] == list(specs)
    assert list(specs) == ["curve-1", "curve-2", "input-share", "layer-1", "layer-2", "scores-1"]
    assert all(plot["role"] == "img" and plot["aria-label"] for plot in plots)
    assert all("marks" in vl_convert.vegalite_to_vega(spec) for spec in specs.values())
    downloads = [link for link in page.all("a") if "download" in link]
    assert len(downloads) == len(plots)


def test_the_data_behind_a_chart_is_its_numbers(page: Page) -> None:
    link = next(link["href"] for link in page.all("a") if link["download"] == "loss.csv")
    content = base64.b64decode((link or "").split(",", 1)[1]).decode().split()
    assert content == ["epoch,data,value", "1,train,2.0", "2,train,1.0", "1,validation,1.5", "2,validation,1.25"]


def test_structure_for_readers_who_listen(page: Page) -> None:
    counts = Counter(tag for tag, _ in page.elements)
    assert (counts["h1"], counts["main"], counts["header"]) == (1, 1, 1)
    assert page.all("html")[0]["lang"] == "en"
    assert all(image.get("alt") for image in page.all("img"))
    assert all(cell.get("scope") in {"row", "col"} for cell in page.all("th"))
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    assert {section["aria-labelledby"] for section in page.all("section")} <= set(names)


def hostile(value: Any) -> Any:
    """Every string of a record replaced by one that attacks, but for those with a meaning of their own."""
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, list):
        return [hostile(each) for each in value]
    if isinstance(value, dict):
        kept = {"metric", "id", "weights", "protocol"}
        return {key: each if key in kept and isinstance(each, str) else hostile(each) for key, each in value.items()}
    return value


def test_nothing_a_record_says_becomes_markup(record: RunRecord, files: Files, read: Callable[[Files], Any]) -> None:
    tame = Page(render_report(record, MASK))
    files["spec.json"], files["result.json"] = hostile(files["spec.json"]), hostile(files["result.json"])
    files["spec.json"]["spec"][HOSTILE] = {HOSTILE: HOSTILE}
    text = render_report(read(files), MASK)
    wild = Page(text)
    extra = Counter(tag for tag, _ in wild.elements) - Counter(tag for tag, _ in tame.elements)
    assert set(extra) <= {"div", "dt", "dd"}  # the lines of the spec that was added
    assert not any(name.startswith("on") for _, attributes in wild.elements for name in attributes)
    assert HOSTILE in wild.words


@pytest.mark.parametrize(
    "gone", [("comparison",), ("layers", "scores"), ("first_layer", "audit", "environment"), ("seconds", "test_loss")]
)
def test_a_page_without_what_was_not_recorded(
    gone: tuple[str, ...], files: Files, read: Callable[[Files], Any]
) -> None:
    for key in gone:
        del files["result.json"][key]
    assert "tiny on dots" in Page(render_report(read(files))).words


def test_many_layers_fold_away(files: Files, read: Callable[[Files], Any]) -> None:
    result = files["result.json"]
    result["layers"] = [result["layers"][0] | {"name": f"stage.{number}.weight"} for number in range(14)]
    result["scores"] = [result["scores"][0] | {"name": f"stage.{number}.weight"} for number in range(14)]
    page = Page(render_report(read(files), MASK))
    assert "5 more layers" in page.words
    assert not any("open" in details for details in page.all("details"))


def save_ticket(folder: Path, mask: torch.Tensor = MASK) -> None:
    layers = {"fc1.weight": mask}
    Ticket(
        Architecture("tests:Net"),
        mask=Mask(layers),
        densities=dict.fromkeys(layers, 0.5),
        weights=SignedKaimingConstant(seed=0),
        state={},
    ).save(folder / "ticket")


def test_a_run_folder_gets_its_page(record: RunRecord) -> None:
    save_ticket(record.folder)
    path = write_report(record.folder)
    assert path == record.folder / "report.html"
    assert path.read_text() == render_report(record, MASK)
    assert sorted(entry.name for entry in record.folder.iterdir()) == [
        "metrics.jsonl",
        "report.html",
        "result.json",
        "spec.json",
        "ticket",
    ]


def test_a_page_that_cannot_be_made_leaves_the_old_one(record: RunRecord) -> None:
    old = record.folder / "report.html"
    old.write_text("old")
    with pytest.raises(TicketError):
        write_report(record.folder)
    save_ticket(record.folder, MASK.T)
    with pytest.raises(RunFolderError, match="another network"):
        write_report(record.folder)
    assert old.read_text() == "old"


def test_importing_the_package_brings_no_drawing_library() -> None:
    code = (
        "import sys, tombola.report; print([m for m in ('altair', 'vl_convert', 'jinja2', 'PIL') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_style_colours_are_the_ones_the_drawings_name() -> None:
    style = Path(sys.modules["tombola.report"].__path__[0], "templates", "report.css").read_text()
    defined = set(re.findall(r"(--[a-z]+):", style))
    assert {"--ink", "--muted", "--rule", "--ticket", "--other", "--faint"} <= defined
    assert set(re.findall(r"var\((--[a-z]+)\)", style)) <= defined
