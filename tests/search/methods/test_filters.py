"""Filter pruning: whole units by ℓ1 norm, gone for good, and retrained in three ways."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.families import FAMILIES
from tests.search.kills import check_goes_on
from torch import Tensor, nn

import tombola as tb
from tombola.api import Run, execute, plan
from tombola.errors import CollapsedError, UsageError
from tombola.search.methods.filters import Filters, unit_norms
from tombola.search.parts.unit_budget import UnitBudget
from tombola.subnetwork import Layout, prunable_layout
from tombola.subnetwork.units import Units
from tombola.weights import KaimingNormal, Recipe

SHORT: dict[str, Any] = {"epochs": 2, "batch_size": 8, "precision": "32", "lr": 0.05}


def data(name: str = "mlp") -> Any:
    family = FAMILIES[name]
    torch.manual_seed(11)

    def split(count: int) -> tuple[Tensor, Tensor]:
        return family.inputs(count), torch.arange(count) % family.classes

    return split(24), split(9), split(9)


def perceptron() -> nn.Module:
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 5), nn.ReLU(), nn.Linear(5, 3))


def images() -> nn.Module:
    torch.manual_seed(2)
    first = (nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2))
    second = (nn.ConvTranspose2d(6, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(2), nn.Flatten())
    return nn.Sequential(*first, *second, nn.Linear(16, 3))


def kept_run(folder: Path, model: nn.Module, splits: Any, method: Filters, **settings: Any) -> Run:
    return execute(plan(model, splits, method=method, **(SHORT | settings)), folder, page=False)


def dense_values(folder: Path) -> dict[str, Tensor]:
    """What the dense training ended with, read from its checkpoint."""
    tensors = load_file(folder / "checkpoint" / "dense" / "state.safetensors")
    return {name.removeprefix("network/"): value for name, value in tensors.items() if name.startswith("network/")}


def slow_units(weight: Tensor, count: int) -> list[bool]:
    """Add up |w| number by number, sort by the sum and then by the index."""
    sums = [sum(abs(value) for value in row) for row in weight.double().flatten(1).tolist()]
    best = sorted(range(len(sums)), key=lambda unit: (-sums[unit], unit))[:count]
    return [unit in best for unit in range(len(sums))]


def test_the_units_with_the_highest_norm_of_the_trained_network_are_kept(tmp_path: Path) -> None:
    run = kept_run(tmp_path / "run", perceptron(), data(), Filters(density=0.4))
    trained = dense_values(tmp_path / "run")
    for name, count in (("0.weight", 4), ("2.weight", 2), ("4.weight", 3)):
        expected = slow_units(trained[name], count)
        assert run.ticket.mask[name].all(1).tolist() == expected
        assert run.ticket.mask[name].any(1).tolist() == expected
        assert run.ticket.densities[name] == count / len(expected)
    figures = run.result["figures"]
    assert figures["output_layers"] == ["4.weight"]
    assert figures["units"]["0.weight"] == {"units": 9, "kept": 4}
    assert figures["idle_weights"] == 2 * 5 + 3 * 3
    assert run.ticket.mask.kept() == 4 * 6 + 2 * 9 + 3 * 5
    assert run.result["density"] == run.ticket.mask.density == (4 * 6 + 2 * 9 + 3 * 5) / (54 + 45 + 15)


def test_norms_of_units_wherever_they_lie() -> None:
    layout = Layout(("up", "words"), ((4, 2, 3), (5, 2)), (Units((4, 2, 3), 1, 2), Units((5, 2), 1)))
    up, words = torch.randn(4, 2, 3), torch.randn(5, 2)
    norms = unit_norms(layout, torch.cat([up.flatten(), words.flatten()])).tolist()
    blocks = [up[:2, 0], up[:2, 1], up[2:, 0], up[2:, 1], words[:, 0], words[:, 1]]
    assert norms == pytest.approx([sum(abs(value) for value in block.flatten().tolist()) for block in blocks])


def test_equal_norms_go_to_the_lowest_index() -> None:
    model = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3))
    for parameter in model.parameters():
        nn.init.zeros_(parameter)  # no weight ever moves
    mask = tb.find(model, data(), method=Filters(), weights="own", **SHORT).mask
    assert mask["0.weight"].all(1).tolist() == [True, True, False, False]


@pytest.mark.parametrize("retraining", ["fine-tuning", "lr-rewinding", "weight-rewinding"])
def test_what_each_retraining_begins_from(retraining: Any, tmp_path: Path) -> None:
    method = Filters(density=0.5, retraining=retraining)
    run = kept_run(tmp_path / "run", images(), data("conv"), method)
    ticket, trained = run.ticket, dense_values(tmp_path / "run")
    removed = ~ticket.mask["0.weight"].flatten(1).any(1)
    assert int(removed.sum()) == 3
    for name in ("0.bias", "1.weight", "1.bias"):
        assert not ticket.state[name][removed].any()
    if retraining == "weight-rewinding":
        assert isinstance(ticket.weights, Recipe)
        assert run.result["audit"]["equal"]
        drawn = {name: KaimingNormal().tensor(name, shape) for name, shape in ticket.mask.shapes.items()}
        assert all(torch.equal(ticket.initial_weights()[name], drawn[name]) for name in drawn)
        assert not ticket.state["0.bias"].any()
        assert bool((ticket.state["1.weight"][~removed] == 1).all())
        assert not ticket.state["1.running_mean"].any()
        assert int(ticket.state["1.num_batches_tracked"]) == 0
    else:
        for name, kept in ticket.mask.items():
            assert torch.equal(ticket.initial_weights()[name], trained[name] * kept)
        assert torch.equal(ticket.state["1.bias"][~removed], trained["1.bias"][~removed])
        assert torch.equal(ticket.state["1.running_var"], trained["1.running_var"])
        assert int(ticket.state["1.num_batches_tracked"]) == 6


def narrow(wide: nn.Module, first: Tensor, second: Tensor) -> nn.Module:
    """The network without its removed units, as small as it really is."""
    conv, norm, up, after, head = (wide.get_submodule(name) for name in ("0", "1", "4", "6", "9"))
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(up, nn.ConvTranspose2d)
    made = nn.Sequential(
        nn.Conv2d(2, int(first.sum()), 3, padding=1), nn.BatchNorm2d(int(first.sum())), nn.ReLU(), nn.MaxPool2d(2),
        nn.ConvTranspose2d(int(first.sum()), int(second.sum()), 3), nn.ReLU(), nn.BatchNorm2d(int(second.sum())),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * int(second.sum()), 3),
    )  # fmt: skip
    values = {f"0.{key}": value[first] for key, value in conv.state_dict().items()}
    for index, layer, kept in ((1, norm, first), (6, after, second)):
        values |= {f"{index}.{key}": value[kept] if value.dim() else value for key, value in layer.state_dict().items()}
    values |= {"4.weight": up.get_parameter("weight")[first][:, second], "4.bias": up.get_parameter("bias")[second]}
    columns = second.repeat_interleave(4)
    values |= {"9.weight": head.get_parameter("weight")[:, columns], "9.bias": head.get_parameter("bias")}
    made.load_state_dict(values)
    return made


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("retraining", ["fine-tuning", "weight-rewinding"])
def test_a_removed_unit_is_gone_a_narrower_network_does_the_same(
    optimizer: str, retraining: Any, tmp_path: Path
) -> None:
    method = Filters(density=0.5, retraining=retraining)
    settings = {"optimizer": optimizer, "weight_decay": 0.1, "lr": 0.01}
    run = kept_run(tmp_path / "run", images(), data("conv"), method, **settings)
    first = run.ticket.mask["0.weight"].flatten(1).any(1)
    second = run.ticket.mask["4.weight"].transpose(0, 1).flatten(1).any(1)
    assert (int(first.sum()), int(second.sum())) == (3, 2)
    inputs = torch.randn(5, 2, 8, 8)
    for file in ("ticket", "trained"):
        wide = tb.load(tmp_path / "run" / file).build(images()).eval()
        with torch.no_grad():
            small, whole = narrow(wide, first, second).eval()(inputs), wide(inputs)
        assert torch.allclose(small, whole, atol=1e-5)
    idle = run.result["figures"]["idle_weights"]
    parameters = sum(p.numel() for n, p in narrow(wide, first, second).named_parameters() if p.dim() > 1)
    assert run.ticket.mask.kept() - idle == parameters


def test_both_trainings_are_as_long_and_the_dense_one_is_compared_with(tmp_path: Path) -> None:
    run = kept_run(tmp_path / "run", perceptron(), data(), Filters())
    rows = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert len(rows) == 2
    names = {row["name"]: row for row in run.result["comparison"]}
    assert names["trained dense"]["density"] == 1.0
    assert {"filter pruning", "the same before training", "random mask"} <= names.keys()
    dense = perceptron()
    dense.load_state_dict(dense_values(tmp_path / "run"))
    hits = (dense.eval()(data()[2][0]).argmax(1) == data()[2][1]).double().mean()
    assert names["trained dense"]["test_accuracy"] == float(hits)


@pytest.mark.parametrize("density", [1e-6, 0.05, 0.3, 0.5, 0.9, 1.0])
def test_each_layer_keeps_its_share_of_units(density: float) -> None:
    layout = prunable_layout(images())
    counts = UnitBudget(density=density).counts(layout, {"9.weight"})
    assert counts == {"0.weight": max(1, round(6 * density)), "4.weight": max(1, round(4 * density)), "9.weight": 3}


def test_patterns_are_densities_of_units_and_win_over_the_output_layer() -> None:
    layout = prunable_layout(images())
    counts = UnitBudget(density=0.5, layer_density={"4": 0.25, "9.*": 0.4}).counts(layout, {"9.weight"})
    assert counts == {"0.weight": 3, "4.weight": 1, "9.weight": 1}
    with pytest.raises(UsageError, match="layer_density: pattern 'fc9' matches no prunable weight"):
        UnitBudget(layer_density={"fc9": 0.5}).counts(layout, ())


@pytest.mark.parametrize("weights", ["own", "kaiming-normal"])
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_of_models(name: str, weights: str) -> None:
    family = FAMILIES[name]
    torch.manual_seed(3)
    model = family.make()
    settings = SHORT | {"include": family.include, "weights": weights, "epochs": 1, "lr": 0.01}
    run = tb.run(model, data(name), method=Filters(density=0.6), **settings)
    layout = prunable_layout(model, family.include)
    for units, (key, kept) in zip(layout.units, run.ticket.mask.items(), strict=True):
        rows = units.rows(kept)
        whole = key in run.result["figures"]["output_layers"]
        assert bool((rows.all(1) == rows.any(1)).all())
        assert int(rows.all(1).sum()) == (units.count if whole else max(1, round(0.6 * units.count)))


def test_a_model_in_double_precision() -> None:
    splits = tuple((inputs.double(), labels) for inputs, labels in data())
    found = tb.find(perceptron().double(), splits, method=Filters(density=0.8), weights="own", **SHORT)
    assert found.initial_weights()["0.weight"].dtype == torch.float64


def test_units_that_say_nothing_any_more_are_reported() -> None:
    model = perceptron()
    model.get_parameter("0.weight").data[:4].mul_(50)
    model.get_parameter("0.bias").data[:4] = -1e4  # loud weights, and never above zero
    with pytest.raises(CollapsedError, match=r"no signal passes through 0\.weight"):
        tb.find(model, data(), method=Filters(density=0.4), weights="own", **(SHORT | {"lr": 1e-4}))


def test_one_seed_one_ticket_and_another_seed_another() -> None:
    first, again, other = (tb.find(perceptron(), data(), method=Filters(), seed=seed, **SHORT) for seed in (1, 1, 2))
    assert first.digest == again.digest
    assert first.digest != other.digest


@pytest.mark.parametrize("retraining", ["fine-tuning", "weight-rewinding"])
def test_a_search_that_is_stopped_goes_on_to_the_bit(retraining: Any, tmp_path: Path) -> None:
    def run(folder: Path) -> None:
        torch.manual_seed(2)
        model = nn.Sequential(nn.Linear(6, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Dropout(0.2), nn.Linear(9, 3))
        kept_run(folder, model, data(), Filters(retraining=retraining))

    check_goes_on(run, tmp_path, kills=(4, 3, 3))  # in the dense training, and twice in the ticket's


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"density": 0}, "density=0: expected 0 < density <= 1"),
        ({"density": 30}, r"density=30: expected 0 < density <= 1; did you mean 0\.3"),
        ({"layer_density": 5}, "layer_density=5: expected patterns of layers and their densities, such as"),
        ({"layer_density": {"fc": 2}}, r"layer_density of 'fc'=2: expected 0 < density <= 1"),
        ({"retraining": "finetune"}, "unknown retraining 'finetune': did you mean 'fine-tuning'"),
        ({"retraining": None}, "unknown retraining 'None'"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Filters(**settings)


def test_a_pattern_of_no_layer_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'fc9' matches no prunable weight"):
        tb.run(perceptron(), data(), method=Filters(layer_density={"fc9": 0.5}), out=tmp_path / "run", **SHORT)
    assert not (tmp_path / "run" / "checkpoint").exists()


def test_its_settings_are_a_spec() -> None:
    spec = {"name": "filters", "density": 0.3, "layer_density": {"conv1": 0.9}, "retraining": "fine-tuning"}
    assert Filters(density=0.3, layer_density={"conv1": 0.9}).to_spec() == spec
