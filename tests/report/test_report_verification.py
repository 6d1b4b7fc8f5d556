"""A verification as a record and as a page: checked, escaped, alone."""

import base64
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import vl_convert
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.report.made_records import level_rows, verification_file, write_run
from tests.report.test_report_page import HOSTILE, Page, save_ticket

from tombola.errors import RunFolderError, UsageError
from tombola.report import RunRecord, VerificationRecord, render_report, render_verification, write_verification
from tombola.ticket import load

Files = dict[str, Any]
Verify = Callable[[Files], VerificationRecord]


@pytest.fixture
def page(verify: Verify) -> Page:
    return Page(render_verification(verify(verification_file(levels=3))))


def refused(folder: Path) -> str:
    with pytest.raises(RunFolderError) as caught:
        VerificationRecord.read(folder)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


def test_a_verification_is_read_whole(verify: Verify) -> None:
    record = verify(verification_file() | {"novel": {"deep": [1]}, "command": ["tombola", "verify", "my runs/a"]})
    assert record.file.levels[0].evidence[2].low == -0.1
    assert record.command == "tombola verify 'my runs/a'"
    assert record.confidence == 0.95


def test_what_a_verification_may_lack(verify: Verify) -> None:
    content = verification_file()
    for key in ("trials", "audit", "environment", "seconds", "command"):
        del content[key]
    content["levels"][0]["evidence"] = []
    assert "tiny on dots" in Page(render_verification(verify(content))).words


def test_a_missing_record_says_what_makes_one(tmp_path: Path) -> None:
    assert "`tombola verify` makes one" in refused(tmp_path)
    assert "not a folder" in refused(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"[" * 100_000, b'{"schema": 1}', b"nul\0"])
def test_a_damaged_record_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "verification.json").write_bytes(content)
    assert "verification.json is damaged" in refused(tmp_path)
    assert "verify again" in refused(tmp_path)


def changed(content: Files, place: tuple[Any, ...], value: Any) -> Files:
    inner: Any = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return content


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schema",), 2),
        (("verdict",), "splendid"),
        (("metric",), ""),
        (("replicates",), 0),
        (("replicates",), 2.5),
        (("levels",), []),
        (("evaluated_on",), "train"),
        (("subject", "kind"), "person"),
        (("subject", "digests"), []),
        (("levels", 0, "density"), 0),
        (("levels", 0, "kept"), -1),
        (("levels", 0, "level"), 2),  # which is there already
        (("levels", 0, "evidence", 1, "outcome"), "perhaps"),
        (("levels", 0, "evidence", 1, "low"), 0.7),  # above its other end
        (("levels", 0, "evidence", 1, "low"), None),
        (("levels", 0, "evidence", 1, "difference"), None),
        (("levels", 0, "evidence", 1, "high"), 1e300),
        (("levels", 0, "evidence", 1, "confidence"), 95),
        (("trials", 0, "metric"), float("nan")),
        (("trials", 0, "metric"), "0.9"),
        (("trials", 0, "iterations"), 62.5),
        (("trials", 0, "replicate"), 1),  # which is there already
        (("audit", 0, "ok"), "yes"),
    ],
)
def test_a_wrong_field_is_refused(place: tuple[Any, ...], value: Any, tmp_path: Path) -> None:
    content = changed(verification_file(levels=2), place, value)
    refused(write_run(tmp_path / "v", {"verification.json": content}))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_altered_byte_escapes_as_another_error(data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(json.dumps(verification_file(levels=2)).encode())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
    (tmp_path / "verification.json").write_bytes(content)
    try:
        render_verification(VerificationRecord.read(tmp_path))
    except UsageError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right


def test_the_page_says_what_was_found(page: Page) -> None:
    for words in ("tiny on dots", "Verdict: winning", "As good as the whole network.", "accuracy: so", "3 of 3 levels"):
        assert words in page.words
    for words in (
        "whole network",
        "+25.00 points",
        "−10.00 to +60.00",
        "no width fits",
        "not applicable",
        "random mask",
    ):
        assert words in page.words
    for words in ("tombola verify runs/tiny", "sha256:00", "12.3 s", "digest: as the file says", "2.13.0"):
        assert words in page.words


def test_a_finding_is_said_in_words_too(page: Page) -> None:
    marks = [mark["aria-label"] for mark in page.all("span") if mark.get("role") == "img"]
    assert marks == ["right", "wrong", "does not apply"]


def test_the_page_asks_nothing_of_a_network(page: Page) -> None:
    addresses = [
        value or ""
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in {"src", "href", "srcset", "action", "poster", "data", "xlink:href"}
    ]
    assert addresses
    assert all(address.startswith("data:") for address in addresses)
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv")) or ""
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    running = [script for script in page.all("script") if script.get("type") != "application/json"]
    assert len(running) == 1


def test_structure_for_readers_who_listen(page: Page) -> None:
    counts = Counter(tag for tag, _ in page.elements)
    assert (counts["h1"], counts["main"], counts["header"]) == (1, 1, 1)
    assert all(cell.get("scope") in {"row", "col"} for cell in page.all("th"))
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    assert {section["aria-labelledby"] for section in page.all("section")} <= set(names)
    assert all(picture.get("aria-hidden") == "true" for picture in page.all("svg"))  # the words stand beside it


def test_the_charts_of_levels(page: Page) -> None:
    plots = [attributes for _, attributes in page.elements if "data-chart" in attributes]
    assert [plot["data-chart"] for plot in plots] == ["verdict-1", "verdict-2"]
    assert "ticket 76.00% at density 0.5" in (plots[0]["aria-label"] or "")
    specs = [
        json.loads(script)
        for script, attributes in zip(page.scripts, page.all("script"), strict=True)
        if attributes.get("type") == "application/json"
    ]
    assert all("marks" in vl_convert.vegalite_to_vega(spec) for spec in specs)


def download(page: Page, name: str) -> list[str]:
    link = next(link["href"] for link in page.all("a") if link["download"] == name)
    return base64.b64decode((link or "").split(",", 1)[1]).decode().split()


def test_the_data_behind_the_page(page: Page) -> None:
    trials = download(page, "trials.csv")
    assert trials[0] == "level,network,replicate,metric,loss,iterations,density,kept"
    assert trials[1] == "1,ticket,0,0.75,0.25,62,0.5,9"
    assert len(trials) == 1 + 3 * 2 * 3 + 3
    rows = download(page, "networks-iterations.csv")
    assert rows[0] == "network,level,density,measure,mean,std,low,high,replicates"
    assert rows[1].startswith("ticket,1,0.5,iterations,63.0,1.0,60.5")
    assert rows[-1].startswith("dense,,1.0,iterations,101.0,")


def test_one_ticket_has_its_evidence_and_no_charts(verify: Verify) -> None:
    page = Page(render_verification(verify(verification_file())))
    assert not [attributes for _, attributes in page.elements if "data-chart" in attributes]
    assert len(page.all("table")) == 1
    assert len(page.all("circle")) == 3


def hostile(value: Any) -> Any:
    """Every string replaced by one that attacks, but for those with a meaning of their own."""
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, list):
        return [hostile(each) for each in value]
    if isinstance(value, dict):
        kept = {"metric", "verdict", "outcome", "kind", "evaluated_on"}
        return {key: each if key in kept and isinstance(each, str) else hostile(each) for key, each in value.items()}
    return value


def test_nothing_a_record_says_becomes_markup(verify: Verify) -> None:
    content = verification_file(levels=2)
    tame = Page(render_verification(verify(content)))
    content = hostile(content) | {"trials": [trial | {"network": HOSTILE} for trial in content["trials"][:1]]}
    wild = Page(render_verification(verify(content)))
    extra = Counter(tag for tag, _ in wild.elements) - Counter(tag for tag, _ in tame.elements)
    assert set(extra) <= {"small"}  # the reasons that were empty
    assert not any(name.startswith("on") for _, attributes in wild.elements for name in attributes)
    assert HOSTILE in wild.words


def test_a_folder_gets_its_page(verify: Verify) -> None:
    record = verify(verification_file())
    path = write_verification(record.folder)
    assert path == record.folder / "verification.html"
    assert path.read_text() == render_verification(record)


def test_a_runs_page_has_the_verdict_before_its_controls(files: Files, read: Callable[[Files], RunRecord]) -> None:
    files["result.json"] |= {"levels": level_rows(), "trained": True}
    record = read(files | {"verification.json": verification_file(levels=2)})
    page = Page(render_report(record))
    headings = [section["aria-labelledby"] for section in page.all("section")]
    assert headings[:3] == ["h-verdict", "h-comparison", "h-levels"]
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    plots = [attributes["data-chart"] for _, attributes in page.elements if "data-chart" in attributes]
    assert plots[:4] == ["verdict-1", "verdict-2", "level-1", "level-2"]
    assert download(page, "levels.csv")[2].startswith("1,0.5,9,18,62,0.775,0.75,0.25,0.625,1.0,2.0")


def test_a_verification_of_another_ticket_is_left_out(files: Files, read: Callable[[Files], RunRecord]) -> None:
    content = verification_file()
    content["subject"]["digests"] = ["sha256:99"]
    record = read(files | {"verification.json": content})
    words = Page(render_report(record)).words
    assert "of another ticket and is left out" in words
    assert "As good as the whole network." not in words


def test_a_verification_of_the_levels_is_of_their_run(files: Files, read: Callable[[Files], RunRecord]) -> None:
    content = verification_file(levels=2)
    content["subject"]["digests"] = ["sha256:99"]
    record = read(files | {"verification.json": content})
    verified = record.verification
    assert verified is not None
    assert not verified.is_of("sha256:00")  # there is no ticket of level 1
    (record.folder / "levels" / "01").mkdir(parents=True)
    save_ticket(record.folder / "levels" / "01")
    assert not verified.is_of("sha256:00")
    content["subject"]["digests"] = [load(record.folder / "levels" / "01" / "ticket").digest]
    again = read(files | {"verification.json": content}).verification
    assert again is not None
    assert again.is_of("sha256:00")
    (record.folder / "levels" / "01" / "ticket").write_bytes(b"damaged")
    assert not again.is_of("sha256:00")


def test_a_damaged_verification_of_a_run_is_named(files: Files, write: Callable[[Files], Path]) -> None:
    folder = write(files)
    (folder / "verification.json").write_text("{")
    with pytest.raises(RunFolderError, match=r"verification\.json is damaged"):
        RunRecord.read(folder)
