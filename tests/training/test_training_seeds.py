from typing import Any

import pytest

from tombola.errors import UsageError
from tombola.training import Seeds, derive


def test_derived_seeds_are_pinned() -> None:
    # int.from_bytes(sha256(b"tombola/0/dropout").digest()[:8], "little") // 2, and so on.
    assert derive(0, "dropout") == 4216892924837892986
    assert derive(7, "scores") == 8653806862317547654
    assert derive(0, "random mask", 3) == 2392602725403122970


def test_no_two_uses_share_a_seed() -> None:
    uses = [(seed, name, number) for seed in range(5) for name in ("a", "b", "1") for number in range(5)]
    assert len({derive(seed, name, number) for seed, name, number in uses}) == len(uses)
    assert derive(1, 2) != derive(12)
    assert all(0 <= derive(seed) < 2**63 for seed in range(100))


def test_one_number_for_all_but_the_split() -> None:
    assert Seeds.all(5) == Seeds(init_seed=5, data_seed=5, mask_seed=5, split_seed=0)


@pytest.mark.parametrize("value", [-1, 2**63, 1.0, "1", True, None])
@pytest.mark.parametrize("name", ["init_seed", "data_seed", "mask_seed", "split_seed"])
def test_what_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{name}=.*expected an integer, 0 <= seed < 2"):
        Seeds(**{name: value})
