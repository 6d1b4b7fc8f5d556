"""The rules of the claims on edge-popup: made-up records that speak for one, against it, or not at all."""

from tests.claims.judged_records import GAUSSIAN, HUMP, SIGNED, axis, noisy, record, sweep, verdict

from tombola.records import StudyRecord


def test_far_above_chance() -> None:
    assert verdict("W1", sweep(HUMP)) == "confirmed"
    assert verdict("W1", sweep({0.1: 0.2, 0.5: 0.3})) == "refuted"
    assert verdict("W1", []) == "undecided"


def test_a_hump() -> None:
    assert verdict("W2", sweep(HUMP)) == "confirmed"
    assert verdict("W2", sweep({0.1: 0.8, 0.5: 0.85, 0.9: 0.93})) == "refuted"
    assert verdict("W2", sweep(HUMP, untrained=0.4)) == "refuted"
    assert verdict("W2", sweep({0.1: 0.8, 0.5: 0.9, 0.8: 0.93, 0.9: 0.85})) == "refuted"
    assert verdict("W2", sweep({0.4: 0.8, 0.5: 0.9, 0.6: 0.85})) == "undecided"


def test_no_weight_moves() -> None:
    assert verdict("W13", sweep(HUMP)) == "confirmed"
    assert verdict("W13", [*sweep(HUMP), record("density-lenet", "edge-popup", 0, 0.9, equal=False)]) == "refuted"


def test_depth_and_width_close_the_gap() -> None:
    assert verdict("W3", axis("density", "model", {"conv2": (0.8, 0.7), "conv6": (0.88, 0.86)})) == "confirmed"
    assert verdict("W3", axis("density", "model", {"conv2": (0.8, 0.78), "conv6": (0.88, 0.7)})) == "refuted"
    width = "model_arguments.width"
    assert verdict("W4", axis("width-lenet", width, {0.5: (0.9, 0.7), 2.0: (0.95, 0.949)})) == "confirmed"
    assert verdict("W4", axis("width-lenet", width, {0.5: (0.9, 0.7), 2.0: (0.95, 0.8)})) == "refuted"


def test_as_many_kept_of_more() -> None:
    def records(narrow: float, wide: float) -> list[StudyRecord]:
        sizes = ({"model_arguments.width": 0.5, "density": 0.5}, {"model_arguments.width": 2.0, "density": 0.1})
        return [
            record("fixed-count-lenet", "edge-popup", seed, noisy(value, seed * scale), size=size)
            for size, value, scale in zip(sizes, (narrow, wide), (1, 2), strict=True)
            for seed in range(3)
        ]

    assert verdict("W5", records(0.8, 0.9)) == "confirmed"
    assert verdict("W5", records(0.9, 0.8)) == "refuted"
    assert verdict("W5", records(0.9, 0.9)) == "undecided"


def bernoulli(popup: float, kaiming: float, xavier: float) -> list[StudyRecord]:
    made = []
    for weights, drawn in ((SIGNED, kaiming), ("signed-xavier-constant", xavier)):
        for seed in range(3):
            given = {"weights": weights}
            made.append(record("bernoulli-lenet", "edge-popup", seed, noisy(popup, seed), density=0.5, **given))
            made.append(
                record("bernoulli-lenet", "bernoulli", seed, 0.5, drawn=noisy(drawn, 2 * seed), lr=50.0, **given)
            )
    return made


def test_edge_popup_against_learned_supermasks() -> None:
    assert verdict("W6", bernoulli(0.96, 0.9, 0.8)) == "confirmed"
    assert verdict("W6", bernoulli(0.85, 0.9, 0.8)) == "refuted"
    assert verdict("W7", bernoulli(0.96, 0.9, 0.8)) == "confirmed"
    assert verdict("W7", bernoulli(0.96, 0.8, 0.9)) == "refuted"


def test_distributions() -> None:
    def records(**accuracies: float) -> list[StudyRecord]:
        names = {"signed": SIGNED, "normal": GAUSSIAN, "xavier": "xavier-normal", "uniform": "kaiming-uniform"}
        return [
            record(
                "distributions-lenet",
                "edge-popup",
                seed,
                noisy(value, seed),
                distribution={"weights": names[name.removesuffix("_scaled")], "scaled": name.endswith("_scaled")},
                density=0.5,
            )
            for name, value in accuracies.items()
            for seed in range(3)
        ]

    good = {"signed": 0.96, "normal": 0.95, "xavier": 0.9, "uniform": 0.8, "normal_scaled": 0.951}
    assert verdict("W8", records(**good)) == "confirmed"
    assert verdict("W8", records(**good | {"signed": 0.9})) == "refuted"
    assert verdict("W8", records(**good | {"normal_scaled": 0.6})) == "refuted"


def test_what_broke_down_counts_for_nothing() -> None:
    broken = [record("density-lenet", "edge-popup", seed, None, weights=SIGNED, density=0.01) for seed in range(3)]
    assert verdict("W1", [*sweep(HUMP), *broken]) == "confirmed"
