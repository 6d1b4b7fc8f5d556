import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tombola.subnetwork import Layout, NOfM, TopCounts, TopEverywhere


def slow_top(values: list[float], count: int) -> list[bool]:
    """Sort by value, then by index, and keep the first."""
    best = sorted(range(len(values)), key=lambda index: (-values[index], index))[:count]
    return [index in best for index in range(len(values))]


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=12), min_size=1, max_size=4), st.data())
def test_top_counts_is_a_stable_sort_of_each_segment(segments: list[list[int]], data: st.DataObject) -> None:
    counts = [data.draw(st.integers(0, len(segment))) for segment in segments]
    choose = TopCounts(tuple(map(len, segments)), tuple(counts))
    chosen = choose(torch.tensor([float(value) for segment in segments for value in segment]))
    expected = [slow_top([float(v) for v in segment], count) for segment, count in zip(segments, counts, strict=True)]
    assert chosen.tolist() == [bit for bits in expected for bit in bits]


def test_everywhere_chooses_over_all_layers() -> None:
    layout = Layout(("a", "b"), ((2,), (3,)))
    assert TopEverywhere(layout, 2)(torch.tensor([1.0, 2, 9, 8, 0])).tolist() == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert TopCounts.layerwise(layout, {"b": 1, "a": 1}) == TopCounts((2, 3), (1, 1))


def test_everywhere_ranks_in_units_of_each_layers_range() -> None:
    layout = Layout(("few", "many"), ((10, 4), (10, 400)))
    scores = torch.cat([torch.rand(40) / 2, torch.rand(4000) / 20])  # uniform in 0 to 1/sqrt(fan-in), as they begin
    few, many = TopEverywhere(layout, 2020)(scores).split([40, 4000])
    assert abs(float(few.float().mean()) - 0.5) < 0.25
    assert int(few.sum()) + int(many.sum()) == 2020
    ranked = torch.cat([scores[:40] * 2, scores[40:] * 20])
    assert torch.cat([few, many]).tolist() == slow_top(ranked.tolist(), 2020)


def test_the_compiled_operation_is_a_sound_one() -> None:
    values = torch.rand(20)
    operation = torch.ops.tombola.top_counts.default
    torch.library.opcheck(operation, (values, [12, 8], [5, 2]), test_utils=("test_schema", "test_faketensor"))
    assert torch.equal(operation(values, [12, 8], [5, 2]), TopCounts((12, 8), (5, 2))(values))


@pytest.mark.parametrize(("keep", "group"), [(2, 4), (1, 2), (1, 4)])
def test_n_of_m_keeps_exactly_so_many_of_each_group_of_inputs(keep: int, group: int) -> None:
    layout = Layout(("linear", "conv"), ((3, 8), (2, 4, 3, 3)))
    chosen = layout.named(NOfM(layout, keep, group)(torch.rand(layout.total)))

    def groups(mask: Tensor) -> Tensor:
        return mask.movedim(1, -1).reshape(-1, group).sum(1)

    assert all(bool((groups(mask) == keep).all()) for mask in chosen.values())
