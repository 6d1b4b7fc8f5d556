"""Progress: one line that fits, and plain lines where there is no terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.training import progress as module
from tombola.training.progress import LiveProgress
from tombola.training.progress_line import Line, clock

FACTS = {"loss": "0.1234", "accuracy": "0.9512", "density": "0.5"}


def test_eighty_columns_hold_everything() -> None:
    text = Line("edge-popup", 46900).at(21105, 131.4, FACTS).fitted(77)
    assert len(text) == 77
    for part in ("edge-popup ━", " 45% 131/s 3:16 left  loss 0.1234 accuracy 0.9512 density 0.5"):
        assert part in text


@given(
    name=st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=30),
    steps=st.integers(0, 10**9),
    share=st.floats(0, 1),
    rate=st.floats(0, 1e6).filter(lambda rate: rate == 0 or rate > 1e-3),
    width=st.integers(1, 300),
)
def test_never_wider_than_the_terminal(name: str, steps: int, share: float, rate: float, width: int) -> None:
    assert len(Line(name, steps).at(int(steps * share), rate, FACTS).fitted(width)) <= width


@pytest.mark.parametrize(("done", "filled"), [(0, 0), (50, 15), (100, 30)])
def test_bar_is_as_full_as_the_work(done: int, filled: int) -> None:
    text = Line("dense", 100).at(done, 1.0, {}).fitted(120)
    assert (text.count("━"), text.count("╌")) == (filled, 30 - filled)


def test_clock() -> None:
    assert [clock(seconds) for seconds in (0, 59.6, 3599, 3600, 90061)] == [
        "0:00",
        "1:00",
        "59:59",
        "1:00:00",
        "25:01:01",
    ]


class Clock:
    """A time that the test moves."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def time_(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(module, "time", moved)
    return moved


def test_without_a_terminal_lines_are_few_and_plain(capsys: pytest.CaptureFixture[str], time_: Clock) -> None:
    with LiveProgress() as progress:
        progress.status("loading …")
        progress.begin("edge-popup", steps=300, done=0)
        for epoch in range(30):
            for step in range(10):
                time_.now += 0.01
                progress.advance(10 * epoch + step + 1, FACTS)
            progress.epoch({"epoch": epoch + 1})
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3  # 3 seconds of work: one line a second
    assert lines[-1] == (
        "edge-popup: epoch 30, step 300 of 300, 100/s, 0:00 left, loss 0.1234, accuracy 0.9512, density 0.5"
    )


def test_long_epochs_are_told_of_every_ten_seconds(capsys: pytest.CaptureFixture[str], time_: Clock) -> None:
    with LiveProgress() as progress:
        progress.begin("dense", steps=100, done=0)
        for step in range(1, 36):
            time_.now += 1
            if progress.is_due():
                progress.advance(step, FACTS)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == [f"dense: step {step} of 100" for step in (10, 20, 30)]


@pytest.mark.parametrize(
    ("done", "told"),
    [(0, ""), (40, "dense: going on after step 40 of 100\n"), (100, "dense: all 100 steps were done before\n")],
)
def test_what_was_done_before_is_told(done: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with LiveProgress() as progress:
        progress.begin("dense", steps=100, done=done)
    assert capsys.readouterr().err == told


def test_rate_counts_only_what_was_done_now(capsys: pytest.CaptureFixture[str], time_: Clock) -> None:
    with LiveProgress() as progress:
        progress.begin("dense", steps=100, done=40)
        time_.now += 10
        progress.advance(60, {})
    assert "step 60 of 100, 2/s, 0:20 left" in capsys.readouterr().err
