from hypothesis import given
from hypothesis import strategies as st

from tombola.data.seeds import permutation, stream_seed


@given(st.integers(0, 300), st.integers(-3, 2**70))
def test_a_permutation_holds_every_number_once(count: int, seed: int) -> None:
    assert sorted(permutation(count, "order", seed, 0).tolist()) == list(range(count))


def test_streams_do_not_meet() -> None:
    places = [("a", 1, 2), ("a", 2, 1), ("a", 12), ("b", 1, 2), ("a", 1), ("a", 1, 2, 0)]
    assert len({stream_seed(name, *counters) for name, *counters in places}) == len(places)  # type: ignore[arg-type]


def test_first_places_are_even() -> None:
    firsts = [int(permutation(4, "even", seed)[0]) for seed in range(2000)]
    assert all(400 < firsts.count(value) < 600 for value in range(4))  # 500 expected, standard deviation 19


def test_the_streams_are_pinned() -> None:
    """A change here changes every published run."""
    assert stream_seed("augment", 0, 1, 2) == PINNED_SEED
    assert permutation(8, "order", 0, 0).tolist() == PINNED_ORDER


PINNED_SEED = 3460855555817754927
PINNED_ORDER = [1, 4, 6, 2, 0, 7, 3, 5]
