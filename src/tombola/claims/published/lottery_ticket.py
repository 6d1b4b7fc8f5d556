"""Numbers of the lottery-ticket paper: tickets of a density beside the dense network and beside fresh weights.

What they are of:

- `iterations over dense`, `iterations over fresh weights`: the early-stop iteration as a share of the other's, so that
  38% earlier is 0.62, and 3.5 times as fast is 1 / 3.5.
- `gain over dense`, `gain over fresh weights`: in test accuracy, as a fraction.
- `densest …`, `sparsest …`: the densities between which something holds; `density where … falls below dense`.

What it says of dropout, VGG-19 and ResNet-20 has no place in a study of ours.
"""

from tombola.claims.published.number import Certainty, Published

_PAPER = "Frankle & Carbin 2019"
_READ: Certainty = "third party"

# Of LeNet-300-100 on MNIST, by the density of the ticket; the gain at 0.135 is one of more than that.
_LENET: tuple[tuple[float, str, float], ...] = (
    (0.21, "iterations over dense", 1 - 0.38),
    (0.036, "gain over dense", 0.0),
    (0.21, "iterations over fresh weights", 1 / 2.51),
    (0.21, "gain over fresh weights", 0.005),
)
_FALLS = {"density where fresh weights fall below dense": 0.211, "density where the ticket falls below dense": 0.029}
_ONE_SHOT = {
    "densest faster than dense": 0.675,
    "sparsest faster than dense": 0.176,
    "densest above dense": 0.95,
    "sparsest above dense": 0.0517,
}
# On CIFAR-10: how many times as fast, and how many points better, each at its density.
_CONVOLUTIONS = {
    "conv2": ((0.088, 3.5), (0.046, 3.4)),
    "conv4": ((0.092, 3.5), (0.111, 3.5)),
    "conv6": ((0.151, 2.5), (0.264, 3.3)),
}


def _lenet(value: float, quantity: str, density: float | None = None, at_least: bool = False) -> Published:
    return Published(
        "tickets-lenet",
        "iterative",
        {},
        value,
        _PAPER,
        _READ,
        quantity,
        ticket_density=density,
        at_least=at_least,
    )


def _convolution(model: str, density: float, value: float, quantity: str) -> Published:
    return Published("tickets", "iterative", {"model": model}, value, _PAPER, _READ, quantity, ticket_density=density)


NUMBERS: tuple[Published, ...] = (
    Published("tickets-lenet", "iterative", {}, 0.982, _PAPER, "figure", "accuracy", ticket_density=1.0),
    _lenet(0.003, "gain over dense", 0.135, at_least=True),
    *(_lenet(value, quantity, density) for density, quantity, value in _LENET),
    *(_lenet(value, quantity) for quantity, value in _FALLS.items()),
    *(Published("one-shot-lenet", "one-shot", {}, value, _PAPER, _READ, name) for name, value in _ONE_SHOT.items()),
    *(
        each
        for model, ((fast, times), (good, points)) in _CONVOLUTIONS.items()
        for each in (
            _convolution(model, fast, 1 / times, "iterations over dense"),
            _convolution(model, good, points / 100, "gain over dense"),
        )
    ),
)
