"""One named seed per source of randomness."""

import hashlib
from dataclasses import dataclass

from tombola.errors import UsageError


@dataclass(frozen=True)
class Seeds:
    """The seeds of one run.

    Args:
        init_seed: initial weights, where no recipe has a seed of its own.
        data_seed: order and augmentation of the training examples, and dropout.
        mask_seed: initial scores, random masks.
        split_seed: which training examples are held out for validation.

    >>> Seeds.all(3).mask_seed
    3
    """

    init_seed: int = 0
    data_seed: int = 0
    mask_seed: int = 0
    split_seed: int = 0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
                raise UsageError(f"{name}={value!r}: expected an integer, 0 <= seed < 2**63")

    @classmethod
    def all(cls, seed: int) -> "Seeds":
        """The same number everywhere but for the split, which stays the same between replicates."""
        return cls(init_seed=seed, data_seed=seed, mask_seed=seed)


def derive(seed: int, *names: str | int) -> int:
    """A seed for one named use, unrelated to those of other names; 63 bits.

    >>> derive(0, "dropout") != derive(0, "order") != derive(1, "order")
    True
    """
    text = "/".join(["tombola", str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1
