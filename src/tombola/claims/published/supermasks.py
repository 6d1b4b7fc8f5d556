"""Numbers of Deconstructing Lottery Tickets."""

from typing import Any

from tombola.claims.published.number import Certainty, Published

# Test accuracy in percent of untrained networks, the best of Zhou et al.: large final of the same sign with initial
# weights and with signed constants; learned masks of either, plain and rescaled.
_INITIAL, _CONSTANT = "glorot-normal", "signed-glorot-constant"
_SUPERMASKS: dict[str, tuple[tuple[float, Certainty], ...]] = {
    "lenet-300-100": (
        (79.3, "memory"),
        (86.3, "third party"),
        (95.3, "third party"),
        (96.4, "memory"),
        (97.8, "memory"),
        (98.0, "memory"),
    ),
    "conv2": (
        (22.3, "memory"),
        (37.4, "memory"),
        (64.4, "memory"),
        (66.3, "memory"),
        (65.0, "memory"),
        (66.0, "third party"),
    ),
    "conv4": (
        (23.7, "memory"),
        (39.7, "memory"),
        (65.4, "third party"),
        (66.2, "memory"),
        (71.7, "memory"),
        (72.5, "third party"),
    ),
    "conv6": (
        (24.0, "memory"),
        (41.0, "third party"),
        (65.3, "memory"),
        (65.4, "memory"),
        (76.3, "memory"),
        (76.5, "third party"),
    ),
}


def _places(model: str) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Study, arm and point of each column of `_SUPERMASKS`."""
    lenet = model == "lenet-300-100"
    own, suffix = ({}, "-lenet") if lenet else ({"model": model}, "")
    same = own | {"criterion": "large-final-same-sign"}
    return (
        *((f"criteria{suffix}", "runs", same | {"mask_1_action": action}) for action in ("rewind", "signed-constant")),
        *(
            (f"learned{suffix}", arm, own | {"weights": weights})
            for arm in ("plain", "rescaled")
            for weights in (_INITIAL, _CONSTANT)
        ),
    )


NUMBERS: tuple[Published, ...] = tuple(
    Published(study, arm, point, percent / 100, "Zhou et al. 2019", certainty)
    for model, row in _SUPERMASKS.items()
    for (study, arm, point), (percent, certainty) in zip(_places(model), row, strict=True)
)
