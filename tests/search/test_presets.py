"""The settings of papers: patterns that fit their models, their iterations, and the densities they print."""

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.data.made_images import made_folder
from torch import nn

import tombola as tb
from tombola import models
from tombola.api import plan_of
from tombola.data import load
from tombola.errors import UsageError
from tombola.masks import kept_count
from tombola.models import NAMES
from tombola.search import IterativeMagnitude, preset_named
from tombola.search.presets import PRESETS, Preset
from tombola.subnetwork import Layout, prunable_layout

MODELS = list(PRESETS["lottery-ticket"])


def preset(model: str) -> Preset:
    return preset_named("lottery-ticket", model)


def layout(model: str) -> Layout:
    with torch.device("meta"):
        return prunable_layout(models.make(model))


def method(model: str) -> IterativeMagnitude:
    found = preset(model).method
    assert isinstance(found, IterativeMagnitude)
    return found


def kept(model: str, level: int) -> dict[str, int]:
    shape = layout(model)
    asked = method(model).schedule(shape)[level - 1]
    assert asked.index == level
    return {name: kept_count(density, shape.sized[name]) for name, density in asked.densities.items()}


def test_the_published_densities_of_lenet() -> None:
    total = layout("lenet-300-100").total
    assert total == 266_200
    published = {3: 0.513, 7: 0.211, 9: 0.135, 12: 0.070, 15: 0.036, 16: 0.029, 18: 0.019}
    assert {level: round(sum(kept("lenet-300-100", level).values()) / total, 3) for level in published} == published
    assert len(method("lenet-300-100").schedule(layout("lenet-300-100"))) == 18


@pytest.mark.parametrize("model", MODELS)
def test_every_pattern_fits_its_model_and_no_level_empties_a_layer(model: str) -> None:
    assert model in NAMES
    schedule = method(model).schedule(layout(model))
    assert len(schedule) == method(model).levels
    for before, after in pairwise(schedule):
        assert all(after.densities[name] <= before.densities[name] for name in before.densities)


@pytest.mark.parametrize(
    ("model", "convolution", "hidden", "output"),
    [("conv2", 0.9, 0.8, 0.9), ("conv4", 0.9, 0.8, 0.9), ("conv6", 0.85, 0.8, 0.9)],
)
def test_what_each_kind_of_layer_keeps_of_a_convolutional_network(
    model: str, convolution: float, hidden: float, output: float
) -> None:
    shape = layout(model)
    for name, count in kept(model, 5).items():
        is_output = shape.by_name[name][0] == 10
        share = convolution if len(shape.by_name[name]) == 4 else output if is_output else hidden
        assert count == round(share**5 * shape.sized[name]), name
    assert sum(shape.by_name[name][0] == 10 for name in shape.names) == 1


@pytest.mark.parametrize("model", ["resnet-20", "vgg-19"])
def test_deep_networks_are_ranked_as_a_whole_and_their_output_is_left_whole(model: str) -> None:
    shape, found = layout(model), method(model)
    assert found.scope == "global"
    level = found.schedule(shape)[9]
    whole = [name for name, density in level.densities.items() if density == 1]
    assert [shape.by_name[name][0] for name in whole] == [10]
    assert len({density for name, density in level.densities.items() if name not in whole}) == 1
    assert level.densities[next(name for name in shape.names if name not in whole)] == (1 - 0.2) ** 10


@pytest.mark.parametrize(
    ("model", "examples", "optimizer", "lr", "batch_size", "iterations", "warmup"),
    [
        ("lenet-300-100", 60_000, "adam", 1.2e-3, 60, 50_000, 0),
        ("conv2", 50_000, "adam", 2e-4, 60, 20_000, 0),
        ("conv4", 50_000, "adam", 3e-4, 60, 25_000, 0),
        ("conv6", 50_000, "adam", 3e-4, 60, 30_000, 0),
        ("resnet-20", 50_000, "sgd", 0.03, 128, 30_000, 20_000),
        ("vgg-19", 50_000, "sgd", 0.1, 64, 112_000, 10_000),
    ],
)
def test_how_long_and_with_what_the_paper_trains(
    model: str, examples: int, optimizer: str, lr: float, batch_size: int, iterations: int, warmup: int
) -> None:
    found = preset(model)
    training = found.training
    assert (training.optimizer, training.lr, training.batch_size) == (optimizer, lr, batch_size)
    per_epoch = -(-(examples - round(found.validation_fraction * examples)) // batch_size)
    assert training.epochs * per_epoch == pytest.approx(iterations, rel=0.04)
    assert training.warmup_epochs * per_epoch == pytest.approx(warmup, rel=0.02)
    assert examples - round(found.validation_fraction * examples) == (55_000 if examples == 60_000 else 45_000)
    assert found.weights == "glorot-normal"
    if optimizer == "adam":
        assert (training.weight_decay, training.schedule, training.evaluate_every) == (0.0, "constant", "100it")
    else:
        assert (training.weight_decay, training.momentum, training.schedule) == (1e-4, 0.9, "step")


@pytest.mark.parametrize("model", ["resnet-20", "vgg-19"])
def test_the_rate_rises_linearly_and_falls_twice(model: str) -> None:
    training = preset(model).training
    rates = [training.lr_at(epoch) for epoch in range(training.epochs)]
    warm, after = rates[: training.warmup_epochs], rates[training.warmup_epochs :]
    assert warm == pytest.approx([training.lr * (epoch + 1) / len(warm) for epoch in range(len(warm))])
    factors = [
        1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01 for done in (i / len(after) for i in range(len(after)))
    ]
    assert after == pytest.approx([training.lr * factor for factor in factors])


@pytest.mark.parametrize(
    ("name", "model", "said"),
    [
        ("lottery", "conv2", "unknown preset 'lottery': did you mean 'lottery-ticket'"),
        ("lottery-ticket", "digits-mlp", "preset lottery-ticket has no settings for digits-mlp: expected one of lenet"),
    ],
)
def test_what_is_not_there(name: str, model: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        preset_named(name, model)


def images(count: int = 240) -> Any:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randint(0, 256, (count, 1, 28, 28), dtype=torch.uint8, generator=generator)
    return load(((inputs, torch.arange(count) % 10), (inputs, torch.arange(count) % 10)))


def test_a_plan_takes_the_preset_and_what_is_given_beside_it_wins() -> None:
    data = replace(images(), test=images().train, validation=None)
    plan = tb.plan("lenet-300-100", data, preset="lottery-ticket", precision="32")
    expected = preset("lenet-300-100")
    assert plan.method == expected.method
    assert plan.job.data.validation is not None
    assert len(plan.job.data.validation) == 20
    assert plan.job.weights == tb.GlorotNormal(seed=0)
    for field in fields(tb.Training):
        if field.name not in ("augment", "precision"):
            assert getattr(plan.job.training, field.name) == getattr(expected.training, field.name)
    assert plan.job.training.augment == "off"

    one_shot = tb.IterativeMagnitude(density=0.2, levels=1)
    given: dict[str, Any] = {"method": one_shot, "epochs": 3, "validation_fraction": 0.25, "weights": "own"}
    other = tb.plan("lenet-300-100", data, preset="lottery-ticket", precision="32", **given)
    assert other.method == one_shot
    assert (other.job.training.epochs, other.job.training.lr) == (3, 1.2e-3)
    assert other.job.data.validation is not None
    assert len(other.job.data.validation) == 60
    assert other.job.weights.name == "own"


def test_a_module_has_no_preset() -> None:
    with pytest.raises(UsageError, match="has no settings for"):
        tb.plan(nn.Linear(4, 2), images(), preset="lottery-ticket")


IMAGENET = PRESETS["edge-popup-imagenet"]


@pytest.mark.parametrize(
    ("model", "millions"), [("resnet-50", "7.7"), ("resnet-101", "13.3"), ("wide-resnet-50", "20.6")]
)
def test_what_the_paper_keeps_of_networks_for_imagenet(model: str, millions: str) -> None:
    method = IMAGENET[model].method
    assert isinstance(method, tb.EdgePopup)
    assert method.scope == "layerwise"
    sizes = layout(model).sized
    assert f"{sum(kept_count(method.density, size) for size in sizes.values()) / 1e6:.1f}" == millions
    assert "head.weight" in sizes, "the last layer is masked too"
    assert "stem.conv.weight" in sizes, "and the first"


@pytest.mark.parametrize("model", IMAGENET)
def test_how_the_paper_trains_on_imagenet(model: str) -> None:
    found = IMAGENET[model]
    assert found.training == tb.Training(
        epochs=100, batch_size=256, optimizer="sgd", lr=0.256, momentum=0.875, weight_decay=0.000030517578125,
        schedule="cosine", warmup_epochs=5, label_smoothing=0.1,
    )  # fmt: skip
    assert found.training.augments
    assert (found.weights, found.protocol, found.pixels) == ("signed-kaiming-constant", "paper", "standardised")
    assert round(0.256 * 5 / 5, 3) == found.training.lr_at(4) == found.training.lr_at(5)


def test_batch_norm_of_an_untrained_network_is_the_identity_and_stays_it() -> None:
    model = models.make("resnet-50", classes=3, width=0.07)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 3.0)
            nn.init.constant_(module.bias, 2.0)
    network = tb.Subnetwork(model, tb.Mask({n: torch.ones(s) > 0 for n, s in prunable_layout(model).by_name.items()}),
                            tb.SignedKaimingConstant(seed=0))  # fmt: skip
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    assert len(norms) == 53
    for norm in norms:
        assert (norm.weight == 1).all()
        assert (norm.bias == 0).all()
        assert not norm.weight.requires_grad
        assert not norm.bias.requires_grad
        assert norm.track_running_stats


def test_the_preset_of_imagenet_is_planned_on_images_read_when_needed(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "colours", each=3, test=2)
    given: dict[str, Any] = {"model_arguments": {"classes": 3, "width": 0.1}, "precision": "32"}
    plan = tb.plan("resnet-50", folder, preset="edge-popup-imagenet", **given)
    assert (plan.spec["image_size"], plan.job.protocol, plan.job.training.augment) == (224, "paper", "on")
    assert plan.job.data.preparation.resized_crop
    assert len(plan.job.data.train) == 9
    assert plan.job.weights == tb.SignedKaimingConstant(seed=0)
    other = plan_of({"model": "resnet-50", "data": str(folder), "preset": "edge-popup-imagenet", "scaled": True,
                     "weights": "kaiming-normal", "image_size": 64, **given})  # fmt: skip
    assert other.job.weights == tb.KaimingNormal(seed=0, scaled=True)
    assert other.job.data.train.shape == (3, 64, 64)
