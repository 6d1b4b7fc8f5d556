"""Numbers of the lottery-ticket paper: tickets of a density beside other networks, and densities where things change.

38% earlier is a share of 0.62 of the iterations, 3.5 times as fast one of 1 / 3.5. What the paper says of dropout,
VGG-19 and ResNet-20 has no place in a study of ours.
"""

from functools import partial

from tombola.claims.published.number import ITERATIONS, Certainty, Published

_PAPER = "Frankle & Carbin 2019"
_READ: Certainty = "third party"
_DENSE, _FRESH = "dense", "fresh-weights"

_told = partial(Published, source=_PAPER, certainty=_READ)
_lenet = partial(_told, "tickets-lenet", "iterative", {})
_one_shot = partial(_told, "one-shot-lenet", "one-shot", {})

# On CIFAR-10: how many times as fast, and how many points better, each at its density.
_CONVOLUTIONS = {
    "conv2": ((0.088, 3.5), (0.046, 3.4)),
    "conv4": ((0.092, 3.5), (0.111, 3.5)),
    "conv6": ((0.151, 2.5), (0.264, 3.3)),
}


def _convolution(model: str) -> tuple[Published, Published]:
    (fast, times), (good, points) = _CONVOLUTIONS[model]
    told = partial(_told, "tickets", "iterative", {"model": model}, beside=_DENSE)
    return (
        told(1 / times, quantity=ITERATIONS, ticket_density=fast),
        told(points / 100, ticket_density=good),
    )


NUMBERS: tuple[Published, ...] = (
    Published("tickets-lenet", "iterative", {}, 0.982, _PAPER, "figure", ticket_density=1.0),
    _lenet(0.003, ticket_density=0.135, beside=_DENSE, at_least=True),
    _lenet(0.0, ticket_density=0.036, beside=_DENSE),
    _lenet(0.005, ticket_density=0.21, beside=_FRESH),
    _lenet(1 - 0.38, quantity=ITERATIONS, ticket_density=0.21, beside=_DENSE),
    _lenet(1 / 2.51, quantity=ITERATIONS, ticket_density=0.21, beside=_FRESH),
    _lenet(0.211, change="fresh weights fall below dense"),
    _lenet(0.029, change="the ticket falls below dense"),
    _one_shot(0.675, quantity=ITERATIONS, change="the ticket becomes faster"),
    _one_shot(0.176, quantity=ITERATIONS, change="the ticket is no longer faster"),
    _one_shot(0.95, change="the ticket rises above dense"),
    _one_shot(0.0517, change="the ticket falls below dense"),
    *(each for model in _CONVOLUTIONS for each in _convolution(model)),
)
