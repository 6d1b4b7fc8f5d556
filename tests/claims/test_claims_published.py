"""Published numbers belong to studies of ours, one a point."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import torch

from tombola import models
from tombola.claims.published import PUBLISHED, Published, published, published_levels
from tombola.search import IterativeMagnitude, preset_named
from tombola.studies import StudyRun
from tombola.studies.papers import PAPERS
from tombola.subnetwork import prunable_layout

MNIST_TICKETS: tuple[str, str, dict[str, Any]] = ("tickets-lenet", "iterative", {})


def found(each: Published, run: StudyRun | None = None) -> Published | None:
    """What is found at its own place, or at that of a run."""
    arm, point = (each.arm, each.point) if run is None else (run.arm, run.point)
    return published(each.study, arm, point, each.quantity, each.ticket_density, each.beside)


def level_densities(model: str, levels: int) -> list[float]:
    """Of the tickets that the preset `lottery-ticket` finds, beside the dense network's."""
    method = preset_named("lottery-ticket", model).method
    assert isinstance(method, IterativeMagnitude)
    with torch.device("meta"):
        layout = prunable_layout(models.make(model))
    schedule = replace(method, levels=levels).schedule(layout)
    sizes = layout.sized
    kept = [sum(density * sizes[name] for name, density in level.densities.items()) for level in schedule]
    return [1.0, *(count / layout.total for count in kept)]


def test_each_is_found_at_its_own_place_and_nowhere_else() -> None:
    for each in PUBLISHED:
        assert found(each) is (None if each.change else each), "where something changes is no value of a ticket"
        assert found(replace(each, study="other")) is None
    keys = Counter(
        (each.study, each.arm, each.name, each.quantity, each.ticket_density, *sorted(each.point.items()))
        for each in PUBLISHED
    )
    assert set(keys.values()) == {1}


def test_they_are_of_points_that_the_studies_have() -> None:
    for each in PUBLISHED:
        runs = [run for run in PAPERS[each.study].runs("paper", replicates=1) if run.arm == each.arm]
        if each.change is None:
            assert any(found(each, run) is each for run in runs), each
        else:
            assert any(each in published_levels(each.study, run.arm, run.point) for run in runs), each


def test_those_of_a_ticket_are_of_a_level_that_the_study_has() -> None:
    told = [each for each in PUBLISHED if each.ticket_density is not None]
    assert Counter(each.study for each in told) == {"tickets-lenet": 6, "tickets": 6}
    for each in told:
        (run, *_) = (run for run in PAPERS[each.study].runs("paper", replicates=1) if found(each, run) is each)
        levels = run.settings["levels"]
        assert isinstance(levels, int)
        densities = level_densities(str(run.settings["model"]), levels)
        near = [density for density in densities if found(replace(each, ticket_density=density)) is each]
        assert len(near) == 1, (each, densities)


def test_the_dense_network_of_a_search_is_not_its_last_ticket() -> None:
    assert published(*MNIST_TICKETS) is None
    dense = published(*MNIST_TICKETS, ticket_density=1.0)
    assert dense is not None
    assert (dense.value, dense.certainty) == (0.982, "figure")


def test_numbers_of_the_lottery_ticket_paper() -> None:
    earlier = published(*MNIST_TICKETS, "iterations", 0.211, "dense")
    better = published(*MNIST_TICKETS, "accuracy", 0.135, "dense")
    assert earlier is not None
    assert better is not None
    assert earlier.value == pytest.approx(0.62)
    assert (better.value, better.at_least) == (0.003, True)
    assert [each.name for each in PUBLISHED if each.at_least] == ["gain over dense"]
    conv = [published("tickets", "iterative", {"model": "conv6"}, "accuracy", at, "dense") for at in (0.264, 0.151)]
    assert [None if each is None else each.value for each in conv] == [0.033, None]


def test_numbers_of_the_text_of_the_independent_study() -> None:
    own = [each for each in PUBLISHED if each.study == "independent-study"]
    numbers = {each.quantity: (each.value, each.deviation) for each in own if each.arm == "ticket"}
    assert numbers["density"] == (0.387, 0.179)
    assert numbers["untrained accuracy there"] == (0.426, 0.152)
    assert [numbers[f"{end} untrained accuracy there"][0] for end in ("lowest", "highest")] == [0.191, 0.7]
    assert numbers["accuracy before training"] == (0.101, 0.016)
    assert numbers["loss"] == (0.091, 0.007)
    (group,) = (each for each in own if each.quantity == "loss of high performers")
    assert (group.value, group.deviation) == (0.106, 0.016)


def test_lists_of_a_record_are_the_tuples_of_the_table() -> None:
    found = published("independent-study", "dense", {"model_arguments.hidden": [50, 5]}, "loss")
    assert found is not None
    assert found.value == 0.181
