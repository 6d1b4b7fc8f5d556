import torch

from tombola.search.parts.draws import uniform_draws
from tombola.subnetwork import Layout

LAYOUT = Layout(("a", "b"), ((100, 200), (7,)))


def test_they_are_uniform() -> None:
    values = uniform_draws(LAYOUT, 0).double()
    assert float(values.min()) >= 0
    assert float(values.max()) < 1
    for cut in (0.1, 0.5, 0.9):
        share = float((values < cut).double().mean())
        assert abs(share - cut) < 5 * (cut * (1 - cut) / len(values)) ** 0.5


def test_they_depend_on_seed_name_and_shape_alone() -> None:
    values = LAYOUT.named(uniform_draws(LAYOUT, 5))
    other_order = Layout(("b", "a"), ((7,), (100, 200)))
    assert all(
        torch.equal(values[name], view) for name, view in other_order.named(uniform_draws(other_order, 5)).items()
    )
    assert not torch.equal(uniform_draws(LAYOUT, 5), uniform_draws(LAYOUT, 6))


def test_the_numbers_are_pinned() -> None:
    values = uniform_draws(Layout(("w",), ((3,),)), seed=0)
    assert (values * 2**24).tolist() == [9274832, 8424245, 14367658]
