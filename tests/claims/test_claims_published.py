"""Published numbers belong to studies of ours, one a point."""

from tombola.claims.published import PUBLISHED, published
from tombola.studies.papers import PAPERS


def test_each_is_found_at_its_own_place_and_nowhere_else() -> None:
    for each in PUBLISHED:
        assert published(each.study, each.arm, each.point, each.quantity) is each
        assert published("other", each.arm, each.point, each.quantity) is None
    keys = [(each.study, each.arm, each.quantity, tuple(sorted(each.point.items()))) for each in PUBLISHED]
    assert len(set(keys)) == len(keys)


def test_they_are_of_points_that_the_studies_have() -> None:
    for each in PUBLISHED:
        study = PAPERS[each.study]
        if each.study == "tickets-lenet":  # the dense network is level 0 of its runs
            continue
        runs = [run for run in study.runs("paper") if run.arm == each.arm]
        assert any(published(each.study, each.arm, run.point, each.quantity) is each for run in runs), each


def test_lists_of_a_record_are_the_tuples_of_the_table() -> None:
    found = published("independent-study", "dense", {"model_arguments.hidden": [50, 5]}, "loss")
    assert found is not None
    assert found.value == 0.181
