"""Numbers of the independent study on thresholds that untrained accuracy chooses."""

from tombola.claims.published.number import Published

_STUDY = "Rolfs, independent study, table 1"
# Of the ticket and of each layer size, over ten seeds: relative size, held-out loss after 5000 iterations, its
# minimum, and the iteration of that; mean and deviation.
_COLUMNS = ("density", "loss", "minimum_loss", "minimum_step")
_TABLE_1: dict[tuple[int, int] | None, tuple[tuple[float, float | None], ...]] = {
    None: ((0.387, 0.179), (0.091, 0.007), (0.078, 0.004), (4340.0, 222.1)),
    (200, 30): ((1.0, None), (0.109, 0.019), (0.078, 0.001), (4360.0, 171.3)),
    (100, 15): ((0.491, None), (0.112, 0.015), (0.095, 0.005), (4600.0, 326.6)),
    (100, 25): ((0.498, None), (0.104, 0.008), (0.090, 0.003), (4540.0, 340.6)),
    (150, 15): ((0.736, None), (0.106, 0.021), (0.085, 0.003), (4660.0, 275.7)),
    (150, 25): ((0.746, None), (0.100, 0.012), (0.082, 0.003), (4330.0, 249.7)),
    (50, 15): ((0.246, None), (0.130, 0.010), (0.119, 0.006), (4700.0, 326.6)),
    (50, 25): ((0.250, None), (0.124, 0.012), (0.113, 0.004), (4870.0, 94.9)),
    (150, 5): ((0.726, None), (0.138, 0.017), (0.122, 0.010), (4640.0, 231.9)),
    (100, 5): ((0.484, None), (0.161, 0.019), (0.146, 0.014), (4870.0, 94.9)),
    (50, 5): ((0.242, None), (0.181, 0.023), (0.170, 0.020), (4770.0, 258.4)),
}
_TEXT = "Rolfs, independent study, sections 3.3 to 3.5"
# What its text says, over ten seeds: of the masks and the trainings before them, and of the layer sizes that it groups
# as high performers.
_SAID: dict[str, dict[str, tuple[float, float | None]]] = {
    "ticket": {
        "accuracy before training": (0.101, 0.016),
        "iteration of the lowest loss": (5000.0, None),
        "accuracy of the second training": (0.977, 0.001),
        "density at threshold 0": (0.646, 0.004),
        "density at threshold 0.2": (0.041, 0.006),
        "chosen threshold": (0.049, 0.049),
        "untrained accuracy there": (0.426, 0.152),
        "lowest untrained accuracy there": (0.191, None),
        "highest untrained accuracy there": (0.700, None),
    },
    "dense": {"loss of high performers": (0.106, 0.016)},
}

NUMBERS: tuple[Published, ...] = (
    *(
        Published(
            "independent-study",
            "dense" if hidden else "ticket",
            {"model_arguments.hidden": hidden} if hidden else {},
            value,
            _STUDY,
            "author",
            quantity,
            deviation,
        )
        for hidden, row in _TABLE_1.items()
        for quantity, (value, deviation) in zip(_COLUMNS, row, strict=True)
    ),
    *(
        Published("independent-study", arm, {}, value, _TEXT, "author", quantity, deviation)
        for arm, row in _SAID.items()
        for quantity, (value, deviation) in row.items()
    ),
)
