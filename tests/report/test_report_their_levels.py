"""Published numbers of tickets in the figures over levels: each lies where an independent reckoning puts it."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from tests.claims.judged_records import record

from tombola.claims.published import lottery_ticket
from tombola.claims.published.number import Published
from tombola.records import StudyRecord
from tombola.report.drawings import LIGHT, draw_over_density, level_strokes
from tombola.report.figures import DensityLine, DensityPoint, OverDensity, TheirTicket
from tombola.report.figures.their_levels import beside_theirs

DENSITIES = (0.8, 0.41, 0.26, 0.211, 0.151, 0.135, 0.111, 0.092, 0.088, 0.046, 0.036)
DENSE = {"accuracy": 0.9, "iterations": 5000.0}
FRESH = {"accuracy": 0.8, "iterations": 8000.0}
STEP = {"accuracy": -0.001, "iterations": 1.0}  # from one density of fresh weights to the next


def line(name: str, values: Iterable[float]) -> DensityLine:
    points = zip(DENSITIES, values, strict=True)
    return DensityLine(name, tuple(DensityPoint.single(at, level, value) for level, (at, value) in enumerate(points)))


def figure(quantity: str, *, is_told_across: bool = True) -> OverDensity:
    fresh = (FRESH[quantity] + at * STEP[quantity] for at, _ in enumerate(DENSITIES))
    lines = (line("ticket", [DENSE[quantity]] * len(DENSITIES)), line("fresh-weights", fresh))
    whole = DensityPoint.single(1.0, 0, DENSE[quantity]) if is_told_across else None
    return OverDensity(quantity, quantity, lines, whole)


def of(told: Published) -> StudyRecord:
    """A record of the place that a number is told of, with a setting more than the number asks for."""
    return record(told.study, told.arm, 0, 0.9, **told.point, batch_size=60)


def placed(told: Published, quantity: str) -> list[TheirTicket]:
    found = beside_theirs(figure(quantity), {"ticket": of(told)}).theirs
    return [each for each in found if each.told == told]


@pytest.mark.parametrize("told", lottery_ticket.NUMBERS, ids=lambda told: f"{told.study}: {told.name}")
def test_every_published_number_has_one_place(told: Published) -> None:
    assert len(placed(told, "accuracy") + placed(told, "iterations")) == 1


def test_each_kind_of_number_lies_where_it_is_reckoned_to() -> None:
    found = {}
    for told in lottery_ticket.NUMBERS:
        if told.study == "tickets-lenet":
            (each,) = placed(told, "accuracy") + placed(told, "iterations")
            found[told.name, told.ticket_density] = [each.density, each.value]
    at = DENSITIES.index(0.211)
    assert found.pop(("iterations over dense", 0.21)) == pytest.approx([0.21, 0.62 * 5000])
    assert found.pop(("iterations over fresh weights", 0.21)) == pytest.approx([0.21, (8000 + at) / 2.51])
    assert found.pop(("gain over fresh weights", 0.21)) == pytest.approx([0.21, 0.8 - at / 1000 + 0.005])
    assert found.pop(("gain over dense", 0.135)) == pytest.approx([0.135, 0.903])
    assert found.pop(("gain over dense", 0.036)) == pytest.approx([0.036, 0.9])
    assert found.pop(("accuracy", 1.0)) == [None, 0.982], "across, since it is of the dense network"
    assert found.pop(("density where fresh weights fall below dense", None)) == [0.211, None], "upright"
    assert found.pop(("density where the ticket falls below dense", None)) == [0.029, None]
    assert found == {}


def test_what_is_told_beside_a_network_that_was_not_run_is_left_out() -> None:
    told = next(each for each in lottery_ticket.NUMBERS if each.name == "gain over fresh weights")
    bare = figure("accuracy")
    alone = OverDensity(bare.quantity, bare.title, bare.lines[:1], None)
    found = beside_theirs(alone, {"ticket": of(told)}).theirs
    assert [each for each in found if each.told.beside is not None] == []


def test_the_dense_network_may_be_the_first_point_of_a_line() -> None:
    told = next(each for each in lottery_ticket.NUMBERS if each.name == "gain over dense")
    own = figure("accuracy", is_told_across=False)
    first = DensityPoint.single(1.0, 0, 0.7)
    own = OverDensity("accuracy", "", (DensityLine("lr 1", (first, *own.lines[0].points)),), None)
    (each,) = (each for each in beside_theirs(own, {"lr 1": of(told)}).theirs if each.told == told)
    assert each.value == pytest.approx(0.7 + told.value)


def test_densities_beyond_ours_are_on_the_axis_and_those_between_are_not_marked() -> None:
    bare = figure("accuracy")
    few = replace(bare, lines=tuple(replace(line, points=line.points[:5]) for line in bare.lines))  # down to 0.151
    full = beside_theirs(few, {"ticket": of(lottery_ticket.NUMBERS[1])})
    assert full.densities == (1.0, 0.8, 0.41, 0.26, 0.211, 0.151, 0.135, 0.036, 0.029)


def test_a_small_preset_has_none() -> None:
    tiny = of(lottery_ticket.NUMBERS[0]).model_copy(update={"preset": "tiny"})
    assert beside_theirs(figure("accuracy"), {"ticket": tiny}).theirs == ()


def test_they_are_drawn_hollow_or_dashed_and_named_in_the_legend() -> None:
    told = lottery_ticket.NUMBERS[1]
    bare = figure("accuracy")
    full = beside_theirs(bare, {"ticket": of(told)})
    text = str(draw_over_density(full).to_dict())
    assert "published gain over dense: more than +0.30 pp, third party" in text
    assert "dense, published" in text
    assert "the ticket falls below dense" in text
    assert [stroke.name for stroke in level_strokes([full], LIGHT)] == [
        "ticket",
        "fresh-weights",
        "published (figure, third party)",
    ]
    assert len(level_strokes([bare], LIGHT)) == 2
    assert full.range[1] == 0.982, "all of them are within the figure"
