r"""Mask criteria: scores of weights from what they were before training, $w_i$, and after it, $w_f$.

| name | score; the highest are kept |
|---|---|
| large-final | $\lvert w_f \rvert$ |
| small-final | $-\lvert w_f \rvert$ |
| large-init | $\lvert w_i \rvert$ |
| small-init | $-\lvert w_i \rvert$ |
| large-init-large-final | $\min(\alpha \lvert w_f \rvert, \lvert w_i \rvert)$ |
| small-init-small-final | $-\max(\alpha \lvert w_f \rvert, \lvert w_i \rvert)$ |
| magnitude-increase | $\lvert w_f \rvert - \lvert w_i \rvert$ |
| movement | $\lvert w_f - w_i \rvert$ |
| random | a random draw |
| large-final-same-sign | $\max(0, \operatorname{sign}(w_i) \, w_f)$ |
| large-final-diff-sign | $\max(0, -\operatorname{sign}(w_i) \, w_f)$ |
| magnitude-increase-same-sign | $\max(0, \lvert w_f \rvert - \lvert w_i \rvert)$ where $w_i w_f > 0$, else 0 |
| magnitude-increase-diff-sign | the same where $w_i w_f < 0$, else 0 |

Source: Zhou, Lan, Liu & Yosinski, "Deconstructing Lottery Tickets", NeurIPS 2019, arXiv 1905.01067, section 2.

Where this differs from the paper: in its code magnitude-increase-same-sign lets scores of the wanted
sign fall below zero, so that a weight that shrank ranks under one that changed its sign, and the two
combined criteria search for two thresholds by percentile instead of ranking one score.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from tombola.errors import UsageError, unknown_name


@dataclass(frozen=True, eq=False)
class Pair:
    """What a criterion looks at; all tensors have one shape.

    Args:
        initial: the weights before training.
        trained: the weights after it; None where nothing was trained.
        alpha: weight of the trained magnitudes in the two combined criteria.
        draw: a random number a weight, for the criterion `random`.
    """

    initial: Tensor
    trained: Tensor | None
    alpha: float = 1.0
    draw: Tensor | None = None

    @property
    def final(self) -> Tensor:
        """The trained weights.

        Raises:
            UsageError: where there are none.
        """
        if self.trained is None:
            raise UsageError(
                "this criterion ranks by trained weights, and none were given: expected large-init, small-init or "
                "random, or weights after a training"
            )
        return self.trained

    @property
    def agreement(self) -> Tensor:
        """The trained weight, measured in the direction of the initial one: below zero where the sign changed."""
        return self.initial.sign() * self.final

    @property
    def growth(self) -> Tensor:
        """How much the magnitude grew."""
        return self.final.abs() - self.initial.abs()


def combined(pair: Pair, take: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """The smaller or the larger of the two magnitudes, the trained one times alpha."""
    return take(pair.alpha * pair.final.abs(), pair.initial.abs())


def drawn(pair: Pair) -> Tensor:
    """The random draw.

    Raises:
        UsageError: where there is none.
    """
    if pair.draw is None:
        raise UsageError("criterion=random ranks by a random draw, and none was given: expected one number a weight")
    return pair.draw


def positive(values: Tensor) -> Tensor:
    """The positive part."""
    return values.clamp(min=0)


CRITERIA: dict[str, Callable[[Pair], Tensor]] = {
    "large-final": lambda pair: pair.final.abs(),
    "small-final": lambda pair: -pair.final.abs(),
    "large-init": lambda pair: pair.initial.abs(),
    "small-init": lambda pair: -pair.initial.abs(),
    "large-init-large-final": lambda pair: combined(pair, torch.minimum),
    "small-init-small-final": lambda pair: -combined(pair, torch.maximum),
    "magnitude-increase": lambda pair: pair.growth,
    "movement": lambda pair: (pair.final - pair.initial).abs(),
    "random": drawn,
    "large-final-same-sign": lambda pair: positive(pair.agreement),
    "large-final-diff-sign": lambda pair: positive(-pair.agreement),
    "magnitude-increase-same-sign": lambda pair: positive(pair.growth) * (pair.agreement > 0),
    "magnitude-increase-diff-sign": lambda pair: positive(pair.growth) * (pair.agreement < 0),
}

COMBINED = ("large-init-large-final", "small-init-small-final")


def criterion_scores(
    criterion: str, initial: Tensor, final: Tensor | None, alpha: float = 1.0, draw: Tensor | None = None
) -> Tensor:
    """The score of each weight under a criterion; of equal ones, whoever chooses takes the lowest index.

    Args:
        criterion: a key of `CRITERIA`.
        initial, final: of one shape; `final` may be None where the criterion does not look at it.
        alpha: of the two combined criteria.
        draw: of the criterion `random`.

    Raises:
        UsageError: for an unknown criterion, or where it lacks what it ranks by.

    >>> criterion_scores("large-final-same-sign", torch.tensor([0.1, 0.2, -0.3]), torch.tensor([-0.2, 0.5, -0.4]))
    tensor([0.0000, 0.5000, 0.4000])
    """
    if criterion not in CRITERIA:
        raise unknown_name("criterion", criterion, CRITERIA)
    return CRITERIA[criterion](Pair(initial, final, alpha, draw))
