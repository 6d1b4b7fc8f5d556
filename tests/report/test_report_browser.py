"""The site in a browser: drawn, without errors, without the network, at the width of a phone and of a desk."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.claims.judged_records import HUMP, sweep, written
from tests.report.test_report_paper_figures import study_records
from tests.report.test_report_study_figures import with_levels

from tombola.report import write_site

sync_api = pytest.importorskip("playwright.sync_api")
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SIZES = {"phone": (390, 844), "desk": (1280, 900)}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of three studies: over density, with levels, and with a paper's own figures."""
    records = [*sweep(HUMP), *(with_levels(seed) for seed in range(2)), *study_records(seeds=2)]
    return write_site(written(tmp_path_factory.mktemp("results"), records)).parent


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless one."""
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


def visited(browser: Any, path: Path, size: str, scheme: str = "light") -> tuple[Any, list[str], list[str]]:
    """The page when all its charts are drawn, what its console said, and what it asked the network for."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    page.wait_for_function("[...document.querySelectorAll('.plot')].every(plot => plot.querySelector('svg'))")
    return page, said, [url for url in asked if not url.startswith(("file:", "data:"))]


def pages(site: Path) -> list[Path]:
    """The ledger, every study, and one run of each."""
    runs = [next(iter(sorted(folder.glob("*.html")))) for folder in sorted(site.iterdir()) if folder.is_dir()]
    return [*sorted(site.glob("*.html")), *runs]


@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_drawn(site: Path, browser: Any, size: str) -> None:
    for path in pages(site):
        drawn = 0
        page, said, asked = visited(browser, path, size)
        assert said == [], f"{path.name} at {size}: {said}"
        assert asked == [], f"{path.name} asks the network for {asked}"
        for plot in page.query_selector_all(".plot"):
            marks = plot.eval_on_selector_all("svg path, svg line, svg text", "marks => marks.length")
            box = plot.bounding_box()
            assert marks > 5, f"an empty figure on {path.name}"
            assert box["width"] > 100
            assert box["height"] > 50
            drawn += 1
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{path.name} is {beyond} px wider than a {size}"
        page.close()
        assert drawn == path.read_text().count('<div class="plot"'), f"{path.name} has figures that are not drawn"
        is_study = path.parent == site and path.name != "index.html"
        assert drawn or not is_study, f"{path.name} has no figure"


def test_pages_follow_the_reader_s_colours(site: Path, browser: Any) -> None:
    for path in pages(site):
        grounds = {}
        for scheme in ("light", "dark"):
            page, said, _ = visited(browser, path, "desk", scheme)
            assert said == []
            colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
            grounds[scheme] = sum(int(part) for part in colour.strip("rgb()").split(",")[:3])
            page.close()
        assert grounds["light"] > 600 > 200 > grounds["dark"], path.name


def test_the_way_from_the_ledger_to_a_run_and_back(site: Path, browser: Any) -> None:
    page, _, _ = visited(browser, site / "index.html", "desk")
    page.click("text=A study >> nth=0")
    assert page.url.endswith("--laptop.html")
    page.click("summary:has-text('runs')")
    page.click("table a >> nth=-1")
    assert "-laptop/" in page.url
    page.click("header a")
    assert page.url.endswith("--laptop.html")
    page.click("header a")
    assert page.url.endswith("index.html")
    page.close()


def test_a_figure_s_data_is_a_file(site: Path, browser: Any) -> None:
    page, _, _ = visited(browser, site / "density-lenet--laptop.html", "desk")
    with page.expect_download() as caught:
        page.click("figcaption a >> nth=0")
    assert caught.value.suggested_filename == "density-lenet--laptop-accuracy-over-density.csv"
    assert Path(caught.value.path()).read_text().startswith("study,preset,model,quantity,axis,line,x,mean")
    page.close()
