import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.families import FAMILIES, Mlp
from torch import Tensor, nn

import tombola as tb
from tombola.api import execute, plan
from tombola.errors import CollapsedError, UsageError
from tombola.masks import Mask
from tombola.search import Found, Workspace
from tombola.search.methods.threshold import Threshold, train_baseline
from tombola.search.parts.dense import train_dense
from tombola.search.parts.sweep import best, masked, sweep
from tombola.subnetwork import HeldMask, prunable_layout, untrained_copy
from tombola.training import Progress, RunFolder, Step, make_fabric

SHORT: dict[str, Any] = {"epochs": 6, "batch_size": 16, "precision": "32", "lr": 0.05, "evaluate_every": "2it"}
METHOD = Threshold(thresholds=(0.0, 0.1, 0.2, 0.4), retrain_step="7it")


def data(count: int = 48, test: bool = True) -> Any:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(count, 6, generator=generator)
    noisy = inputs + 0.5 * torch.randn(count, 6, generator=generator)
    labels = inputs[:, :3].argmax(1)
    held = (noisy[:20], labels[:20]), (noisy[20:40], labels[20:40])
    return ((inputs, labels), *held) if test else ((inputs, labels), held[0])


def workspace(folder: Path, model: nn.Module | None = None, **settings: Any) -> Workspace:
    torch.manual_seed(4)
    planned = plan(model or Mlp(), data(), **({"method": METHOD} | SHORT | settings))
    return Workspace(planned.job, planned.spec, RunFolder(folder), make_fabric("32"), Progress())


def search(folder: Path, method: Threshold = METHOD, **settings: Any) -> Found:
    return method.search(workspace(folder, method=method, **settings))


def accuracy(weights: dict[str, Tensor], state: dict[str, Tensor], split: tuple[Tensor, Tensor]) -> float:
    """Of the two-layer network, written out."""
    hidden = torch.relu(split[0] @ weights["0.weight"].T + state["0.bias"])
    outputs = hidden @ weights["3.weight"].T + state["3.bias"]
    return float((outputs.argmax(1) == split[1]).double().mean())


def test_each_mask_is_that_of_the_formula_and_the_best_is_taken(tmp_path: Path) -> None:
    found = search(tmp_path)
    assert found.dense is not None
    rows = found.figures["sweep"]
    assert [row["threshold"] for row in rows] == [0.0, 0.1, 0.2, 0.4]
    for row in rows:
        kept = {}
        for name in found.mask:
            trained, initial = found.dense.get_parameter(name).tolist(), found.weights[name].tolist()
            kept[name] = torch.tensor(
                [
                    [(b if a > 0 else -b if a < 0 else 0.0) >= row["threshold"] for a, b in zip(*pair, strict=True)]
                    for pair in zip(initial, trained, strict=True)
                ]
            )
        count = sum(int(bits.sum()) for bits in kept.values())
        assert (row["kept"], row["density"]) == (count, count / 108)
        masked = {name: found.weights[name] * kept[name] for name in kept}
        assert row["validation_accuracy"] == accuracy(masked, dict(found.state), data()[1])
        if row == found.figures["chosen"]:
            assert found.mask == Mask(kept)
    highest = max(row["validation_accuracy"] for row in rows)
    assert found.figures["chosen"]["validation_accuracy"] == highest
    assert len({row["kept"] for row in rows}) == 4
    assert found.densities == found.mask.densities


def test_a_score_equal_to_the_threshold_is_kept(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    layout = prunable_layout(space.job.model.make())
    scores = torch.full((108,), 0.5)
    scores[[0, 72, 107]] = torch.tensor([0.25, 0.0, -0.0])
    rows = list(sweep(space, layout, scores, (0.0, 0.25, 0.5)))
    assert [row["kept"] for row in rows] == [108, 106, 105]
    assert [masked(space, layout, scores, row["threshold"]).mask.kept() for row in rows] == [108, 106, 105]


def test_the_baseline_is_trained_from_the_start_to_the_minimum_of_the_loss(tmp_path: Path) -> None:
    space = workspace(tmp_path / "here", epochs=12, lr=0.2)
    layout = prunable_layout(space.job.model.make())
    long = train_dense(space, layout, choose="last")
    losses, hits = (
        {row["step"]: row[f"validation_{key}"] for row in long.fitted.history} for key in ("loss", "accuracy")
    )
    stop = min(losses, key=losses.__getitem__)
    assert list(losses) == list(range(2, 37, 2))
    assert stop < 36, "the point of the test is an early one"
    assert max(hits, key=hits.__getitem__) != stop, "and that of the loss, not of the accuracy"
    found = search(tmp_path / "there", epochs=12, lr=0.2)
    assert found.figures["early_stop"]["step"] == stop
    assert found.figures["early_stop"]["validation_loss"] == losses[stop]
    assert found.figures["dense_end"]["step"] == 36
    assert found.figures["baseline"]["step"] == stop
    assert found.figures["baseline"]["validation_loss"] != losses[stop], "another order of the examples"
    assert found.dense is not None
    baseline = train_baseline(space, layout, stop)
    assert torch.equal(baseline.initial, long.initial)
    assert all(torch.equal(a, b) for a, b in zip(baseline.network.parameters(), found.dense.parameters(), strict=True))
    name, examples = space.job.held_out
    assert name == "validation"
    assert space.measure(found.dense, examples).loss == pytest.approx(found.figures["baseline"]["validation_loss"])


def test_in_the_same_order_the_baseline_would_be_the_first_training_again(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    layout = prunable_layout(space.job.model.make())
    long = train_dense(space, layout, choose="loss")
    again = train_dense(space, layout, "again", choose="last", stop=long.fitted.chosen_row["step"])
    assert torch.equal(again.final, long.final)


def test_the_ticket_begins_at_the_initial_weights_and_its_zeros_stay(tmp_path: Path) -> None:
    found = search(tmp_path, weight_decay=0.2)
    assert found.trained is not None
    assert found.fitted.history[-1]["step"] == 7
    recipe = tb.weights.recipe("torch-default")
    for name, kept in found.mask.items():
        assert torch.equal(found.weights[name], recipe.tensor(name, kept.shape))
        trained = found.trained.get_parameter(name).detach()
        assert not trained[~kept].any()
        assert (trained[kept] != found.weights[name][kept]).all()
    assert not found.state["0.bias"].any()


def test_the_ticket_is_trained_as_by_hand(tmp_path: Path) -> None:
    found = search(tmp_path / "a")
    space = workspace(tmp_path / "b")
    model = space.job.model.make()
    by_hand = untrained_copy(model, prunable_layout(model), space.job.weights)
    with HeldMask(by_hand, found.mask):
        fitted = space.train("by hand", by_hand, stop=7)
    assert found.trained is not None
    assert all(torch.equal(a, b) for a, b in zip(by_hand.parameters(), found.trained.parameters(), strict=True))
    losses = [row["validation_loss"] for row in fitted.history]
    assert found.figures["ticket_end"] == {
        key: fitted.history[-1][key] for key in ("step", "validation_loss", "validation_accuracy")
    }
    assert found.figures["ticket_minimum"]["validation_loss"] == min(losses)
    assert found.figures["ticket_minimum"]["step"] == fitted.history[losses.index(min(losses))]["step"]


def test_by_the_papers_protocol_the_test_set_chooses(tmp_path: Path) -> None:
    found = search(tmp_path, protocol="paper")
    assert all({"test_accuracy", "test_loss"} <= set(row) for row in found.figures["sweep"])
    chosen = found.figures["chosen"]
    masked = {name: found.weights[name] * found.mask[name] for name in found.mask}
    assert chosen["test_accuracy"] == accuracy(masked, dict(found.state), data()[2])


@pytest.mark.parametrize("higher", [True, False])
def test_of_equally_good_thresholds_the_largest_is_taken(higher: bool) -> None:
    rows = [{"threshold": t, "m": m} for t, m in ((0.0, 0.5), (0.2, 0.7), (0.1, 0.7), (0.3, 0.5))]
    assert best(rows, "m", higher)["threshold"] == (0.2 if higher else 0.3)
    assert best(rows[::-1], "m", higher)["threshold"] == (0.2 if higher else 0.3)


def test_thresholds_that_cut_a_layer_off_are_passed_over_with_their_reason(tmp_path: Path) -> None:
    found = search(tmp_path, Threshold(thresholds=(9.0, 0.0, 5.0), retrain_step="3it"))
    skipped, measured, other = found.figures["sweep"]
    assert skipped == {
        "threshold": 9.0,
        "kept": 0,
        "density": 0.0,
        "skipped": "nothing is kept of 0.weight, 3.weight",
    }
    assert other["skipped"] == skipped["skipped"]
    assert measured == found.figures["chosen"]
    assert found.mask.density > 0.5


def test_an_error_if_no_threshold_is_left() -> None:
    with pytest.raises(CollapsedError, match=r"every threshold cuts a layer off \(5: nothing is kept of 0\.weight"):
        tb.find(Mlp(), data(), method=Threshold(thresholds=(5, 9), retrain_step="3it"), **SHORT)


def test_a_layer_that_no_signal_passes_is_cut_off_too(tmp_path: Path) -> None:
    torch.manual_seed(0)
    deep = nn.Sequential(*(m for _ in range(4) for m in (nn.Linear(6, 6), nn.ReLU())), nn.Linear(6, 3))
    tried = tuple(step / 50 for step in range(60))
    found = search(tmp_path, Threshold(thresholds=tried, retrain_step="3it"), model=deep)
    reasons = [row["skipped"] for row in found.figures["sweep"] if "skipped" in row]
    assert any(reason.startswith("no signal passes through ") for reason in reasons)


def test_the_smaller_error_is_the_better_one(tmp_path: Path) -> None:
    (inputs, _), (held, _), _ = data()
    numbers = (inputs, inputs[:, :3].sum(1, keepdim=True)), (held, held[:, :3].sum(1, keepdim=True))
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1))
    run = tb.run(model, numbers, method=METHOD, **SHORT)
    figures = run.result["figures"]
    assert run.result["metric"] == "mae"
    assert figures["chosen"]["validation_mae"] == min(row["validation_mae"] for row in figures["sweep"])


def test_the_result_and_its_comparison(tmp_path: Path) -> None:
    run = tb.run(Mlp(), data(), method=METHOD, **SHORT)
    rows = {row["name"]: row for row in run.result["comparison"]}
    assert list(rows)[:2] == ["ticket by threshold", "the same before training"]
    chosen = run.result["figures"]["chosen"]
    assert rows["the same before training"]["kept"] == chosen["kept"]
    assert rows["trained dense"]["weights"] == "trained"
    assert run.result["audit"]["equal"]
    assert isinstance(run.ticket.weights, tb.weights.TorchDefault)


def splits(name: str) -> Any:
    family = FAMILIES[name]
    torch.manual_seed(11)

    def split(count: int) -> tuple[Tensor, Tensor]:
        labels = torch.randint(0, family.classes, (count,))
        labels[0] = family.classes - 1
        return family.inputs(count), labels

    return split(30), split(11), split(13)


@pytest.mark.parametrize("weights", ["own", "torch-default"])
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family(name: str, weights: str) -> None:
    model = FAMILIES[name].make()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    settings = SHORT | {"include": FAMILIES[name].include, "batch_size": 8, "lr": 0.01, "epochs": 2}
    method = Threshold(thresholds=(-0.5, 0.0, 0.05), retrain_step="1ep")
    run = tb.run(model, splits(name), method=method, weights=weights, **settings)
    whole, zero, higher = (row["kept"] for row in run.result["figures"]["sweep"])
    assert run.ticket.mask.numel() >= whole >= zero > higher
    assert run.ticket.mask.kept() in (whole, zero, higher)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_batch_norm_is_measured_with_statistics_of_the_masked_network(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 3))
    found = search(tmp_path, model=model)
    masked = data()[0][0] @ (found.weights["0.weight"] * found.mask["0.weight"]).T
    assert float((found.state["1.running_mean"] - masked.mean(0)).abs().max()) < 0.2
    assert found.state["1.running_mean"].any()


def test_one_seed_gives_one_ticket_and_another_seed_another() -> None:
    model = Mlp()
    first, again, other = (tb.find(model, data(), method=METHOD, seed=seed, **SHORT) for seed in (1, 1, 2))
    assert first.digest == again.digest
    assert first.mask != other.mask


class KilledError(Exception):
    pass


@pytest.mark.parametrize("during", ["dense", "baseline", "ticket"])
def test_a_search_that_is_killed_goes_on_as_if_nothing_had_been(
    during: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop: Any = sys.modules["tombola.training.epoch"]
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    torch.manual_seed(4)
    planned = plan(Mlp(), data(), method=METHOD, **SHORT)
    whole = execute(planned, tmp_path / "whole", page=False)
    early_stop = whole.result["figures"]["early_stop"]["step"]
    after = {"dense": 5, "baseline": 18 + 2, "ticket": 18 + early_stop + 3}[during]
    real, steps = loop.train_step, 0

    def failing(*given: Any) -> Tensor:
        nonlocal steps
        steps += 1
        if steps == after:
            raise KilledError
        result: Tensor = real(*given)
        return result

    monkeypatch.setattr(loop, "train_step", failing)
    with pytest.raises(KilledError):
        execute(planned, tmp_path / "killed", page=False)
    execute(planned, tmp_path / "killed", page=False)
    assert steps == 18 + early_stop + 7 + 1, "no step that a checkpoint holds is made again"
    for file in ("ticket", "trained"):
        assert (tmp_path / "killed" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"thresholds": ()}, r"thresholds=\(\): expected one number or more, such as 0 0\.05 0\.1"),
        ({"thresholds": "0.1"}, "thresholds='0.1': expected one number or more"),
        ({"thresholds": 0.1}, r"thresholds=0\.1: expected one number or more"),
        ({"thresholds": (0.1, float("nan"))}, "thresholds: nan is none: expected finite numbers"),
        ({"thresholds": (0.1, 10**400)}, "thresholds: 1.*0 is none: expected finite numbers"),
        ({"thresholds": (0.1, "x")}, "thresholds: 'x' is none: expected finite numbers"),
        ({"retrain_step": "5000"}, "step '5000': expected epochs as 2ep, or iterations as 500it"),
        ({"retrain_step": "0it"}, "retrain_step=0it: expected 1 or more epochs or iterations"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Threshold(**settings)


def test_a_ticket_cannot_be_trained_for_longer_than_the_dense_network(tmp_path: Path) -> None:
    said = (
        r"retrain_step=19it is longer than the training of 18 iterations \(6 epochs\): expected fewer, or more epochs"
    )
    with pytest.raises(UsageError, match=said):
        search(tmp_path / "run", Threshold(retrain_step="19it"))
    assert not (tmp_path / "run").exists(), "refused before any training"
    assert search(tmp_path / "run", replace(METHOD, retrain_step="18it")).fitted.history[-1]["step"] == 18


def test_the_defaults_are_the_studys() -> None:
    training = Threshold.defaults
    assert (training.optimizer, training.lr, training.batch_size) == ("adam", 1.2e-3, 60)
    assert (training.evaluate_every, training.weight_decay, training.augment) == ("100it", 0, "off")
    assert training.epochs * 60_000 // 60 == 20_000
    assert Threshold().to_spec() == {
        "name": "threshold",
        "thresholds": [round(0.01 * step, 2) for step in range(21)],
        "retrain_step": "5000it",
    }
    assert Threshold(thresholds=[0, 1], retrain_step=Step(2, "ep")).to_spec()["retrain_step"] == "2ep"
