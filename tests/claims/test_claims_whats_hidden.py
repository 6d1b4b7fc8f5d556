"""The rules of the claims on edge-popup: made-up records that speak for one, against it, or not at all."""

from tests.claims.judged_records import GAUSSIAN, HUMP, SIGNED, axis, noisy, record, sweep, verdict

from tombola.claims import CLAIMS, Evidence, decide
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


def test_what_was_not_audited_leaves_it_open() -> None:
    lost = record("density-lenet", "edge-popup", 9, 0.9)
    assert lost.result is not None
    without = lost.model_copy(update={"result": lost.result.model_copy(update={"audit": None})})
    assert verdict("W13", [*sweep(HUMP), without]) == "undecided"
    assert verdict("W13", [without]) == "undecided"


def test_depth_and_width_close_the_gap() -> None:
    assert verdict("W3", axis("density", "model", {"conv2": (0.8, 0.7), "conv6": (0.88, 0.86)})) == "confirmed"
    assert verdict("W3", axis("density", "model", {"conv2": (0.8, 0.78), "conv6": (0.88, 0.7)})) == "refuted"
    width = "model_arguments.width"
    assert verdict("W4", axis("width-lenet", width, {0.5: (0.9, 0.7), 2.0: (0.95, 0.96)})) == "confirmed"
    assert verdict("W4", axis("width-lenet", width, {0.5: (0.9, 0.8), 2.0: (0.95, 0.7)})) == "refuted"
    not_yet = axis("width-lenet", width, {0.5: (0.9, 0.7), 2.0: (0.95, 0.8)})
    assert verdict("W4", not_yet) == "undecided", "a network that is wider still may be enough"
    assert verdict("W4", axis("width-lenet", width, {2.0: (0.95, 0.949)})) == "undecided", "one width"
    assert verdict("W4", axis("width-lenet", "width", {2.0: (0.95, 0.949)})) == "undecided", "no width"


def test_depth_is_held_against_the_better_dense_network_for_each_distribution() -> None:
    small = axis("density", "model", {"conv2": (0.8, 0.7), "conv6": (0.88, 0.86)})
    adam = [
        record("density", "dense-adam", seed, noisy(value, seed), model=model)
        for model, value in (("conv2", 0.7), ("conv6", 0.99))
        for seed in range(3)
    ]
    assert verdict("W3", [*small, *adam]) == "refuted", "0.10 for Conv2 with SGD, 0.13 for Conv6 with Adam"
    normal = [
        record("density", "edge-popup", seed, noisy(value, 2 * seed), model=model, weights=GAUSSIAN)
        for model, value in (("conv2", 0.79), ("conv6", 0.6))
        for seed in range(3)
    ]
    assert verdict("W3", [*small, *normal]) == "refuted"
    assert verdict("W3", axis("density", "model", {"conv2": (0.8, 0.7)})) == "undecided"


def test_as_many_kept_of_more() -> None:
    def records(*accuracies: float, arm: str = "50-percent", preset: str = "paper") -> list[StudyRecord]:
        widths = ({"model_arguments.width": width, "density": 0.5 / width} for width in (0.75, 1.0, 2.0))
        return [
            record("fixed-count-lenet", arm, seed, noisy(value, seed * scale), preset, size=size, weights=SIGNED)
            for scale, (size, value) in enumerate(zip(widths, accuracies, strict=True), 1)
            for seed in range(3)
        ]

    assert verdict("W5", records(0.95, 0.8, 0.9)) == "confirmed", "the paper's figure begins at width 1"
    assert verdict("W5", records(0.7, 0.9, 0.8)) == "refuted"
    assert verdict("W5", records(0.7, 0.9, 0.8, preset="laptop")) == "undecided", "small densities may catch up"
    assert verdict("W5", records(0.95, 0.8, 0.9, preset="laptop")) == "confirmed"
    assert verdict("W5", records(0.7, 0.9, 0.9)) == "undecided"
    assert verdict("W5", [*records(0.95, 0.8, 0.9), *records(0.7, 0.9, 0.8, arm="30-percent")]) == "refuted"
    one = [each for each in records(0.95, 0.8, 0.9) if each.values["model_arguments.width"] == 1.0]
    assert verdict("W5", one) == "undecided"


def bernoulli(popup: float, kaiming: float, xavier: float) -> list[StudyRecord]:
    made = []
    pairs = ((SIGNED, "signed-xavier-constant"), (GAUSSIAN, "xavier-normal"))
    for weights, drawn in (each for pair in pairs for each in zip(pair, (kaiming, xavier), strict=True)):
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


def test_the_learning_rate_is_chosen_by_held_out_draws() -> None:
    """Neither by what is judged, nor by the most likely mask, whose figure the records call the metric."""

    def at(lr: float, likely: float, held: float, test: float) -> list[StudyRecord]:
        made = []
        for seed in range(3):
            run = record(
                "bernoulli-lenet", "bernoulli", seed, likely, weights=SIGNED, lr=lr, drawn=noisy(test, 2 * seed)
            )
            assert run.result is not None
            figures = run.result.figures | {"validation_accuracy_mean_over_draws": held}
            made.append(run.model_copy(update={"result": run.result.model_copy(update={"figures": figures})}))
        return made

    popup = [each for each in bernoulli(0.96, 0.9, 0.8) if each.arm == "edge-popup" and each.point["weights"] == SIGNED]
    assert verdict("W6", [*popup, *at(50.0, 0.9, 0.8, 0.5), *at(200.0, 0.5, 0.9, 0.97)]) == "refuted"
    assert verdict("W6", [*popup, *at(50.0, 0.9, 0.9, 0.9), *at(200.0, 0.5, 0.8, 0.97)]) == "confirmed"


def distributions(study: str, density: float = 0.5, **accuracies: float) -> list[StudyRecord]:
    names = {"signed": SIGNED, "normal": GAUSSIAN, "xavier": "xavier-normal", "uniform": "kaiming-uniform"}
    return [
        record(
            study,
            "edge-popup",
            seed,
            noisy(value, seed),
            distribution={"weights": names[name.removesuffix("_scaled")], "scaled": name.endswith("_scaled")},
            density=density,
        )
        for name, value in accuracies.items()
        for seed in range(3)
    ]


GOOD = {"signed": 0.96, "normal": 0.95, "xavier": 0.9, "uniform": 0.8}


def test_distributions() -> None:
    assert verdict("W8", distributions("distributions-lenet", **GOOD)) == "confirmed"
    assert verdict("W8", distributions("distributions-lenet", **GOOD | {"signed": 0.9})) == "refuted"
    assert verdict("W8", distributions("distributions-lenet", **GOOD | {"uniform": 0.95})) == "undecided"
    low = {"signed": 0.948, "normal": 0.95, "xavier": 0.949, "uniform": 0.8}
    assert verdict("W8", distributions("distributions-lenet", **low)) == "refuted", "signed is not above xavier"


def test_the_whole_network_is_held_against_a_chance_that_is_known() -> None:
    def without(run: StudyRecord) -> StudyRecord:
        assert run.result is not None
        return run.model_copy(update={"result": run.result.model_copy(update={"chance": None})})

    assert verdict("W2", sweep(HUMP)) == "confirmed"
    assert verdict("W2", [without(each) for each in sweep(HUMP)]) == "undecided"


def test_what_survives_of_a_setting_that_breaks_down_is_not_the_best() -> None:
    lucky = [record("density-lenet", "edge-popup", 0, 0.99, weights=SIGNED, density=0.6, untrained=0.1)]
    lucky += [record("density-lenet", "edge-popup", seed, None, weights=SIGNED, density=0.6) for seed in (1, 2)]
    (rule,) = (each for each in CLAIMS if each.id == "W1")
    found = decide(rule, Evidence.among([*sweep(HUMP), *lucky], ("density-lenet",)))
    assert [finding.replicates for finding in found.findings] == [3]
    assert "density 0.5" in found.findings[0].text


def test_the_scale_is_judged_on_cifar_alone_and_at_each_density() -> None:
    same = GOOD | {"normal_scaled": 0.951, "signed_scaled": 0.961}
    assert verdict("W8", distributions("distributions", **same)) == "confirmed"
    assert verdict("W8", distributions("distributions", **same | {"signed_scaled": 0.6})) == "refuted"
    assert verdict("W8", distributions("distributions-lenet", **same | {"signed_scaled": 0.6})) == "confirmed"
    better = distributions("distributions", density=0.1, **{name: value - 0.3 for name, value in GOOD.items()})
    scaled = distributions("distributions", density=0.1, signed_scaled=0.9, normal_scaled=0.65)
    assert verdict("W8", [*distributions("distributions", **same), *better, *scaled]) == "refuted"


def test_what_broke_down_counts_for_nothing() -> None:
    broken = [record("density-lenet", "edge-popup", seed, None, weights=SIGNED, density=0.01) for seed in range(3)]
    assert verdict("W1", [*sweep(HUMP), *broken]) == "confirmed"
