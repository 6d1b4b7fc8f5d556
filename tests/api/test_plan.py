import json
from dataclasses import field, make_dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import tombola as tb
from tombola.api import Plan, plan
from tombola.api.given import plain
from tombola.data import DataSet, Preparation, Split, load
from tombola.training.identity import identity

INPUTS = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(40) % 3
DATA = ((INPUTS, LABELS), (INPUTS[:20], LABELS[:20]), (INPUTS[20:], LABELS[20:]))


def model(units: int = 8) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, units), nn.ReLU(), nn.Linear(units, 3))


def made(**changed: Any) -> Plan:
    settings: dict[str, Any] = {"model": model(), "data": DATA, "precision": "32"} | changed
    return plan(settings.pop("model"), settings.pop("data"), **settings)


def name_of(planned: Plan) -> str:
    return identity(dict(planned.spec))


def mean(outputs: Tensor, targets: Tensor) -> Tensor:
    return outputs.mean() + 0 * targets.sum()


PINNED = "6d1d6c8334096cc4"

CHANGES: list[dict[str, Any]] = [
    {"model": model(9)},
    {"model": "digits-mlp", "data": "digits"},
    {"data": ((INPUTS + 1, LABELS), *DATA[1:])},
    {"data": ((INPUTS, 2 - LABELS), *DATA[1:])},
    {"method": tb.EdgePopup(density=0.3)},
    {"method": tb.EdgePopup(layer_density={"0": 0.3})},
    {"method": tb.EdgePopup(scope="global")},
    {"method": tb.EdgePopup(allocation="erk")},
    {"method": tb.EdgePopup(n_of_m="1:2")},
    {"weights": "own"},
    {"weights": "kaiming-normal"},
    {"weights": tb.SignedKaimingConstant(seed=5)},
    {"weights": tb.SignedKaimingConstant(scaled=True)},
    {"weights": tb.SignedKaimingConstant(fan="fan_out")},
    {"epochs": 3},
    {"batch_size": 3},
    {"optimizer": "adam"},
    {"lr": 0.3},
    {"momentum": 0.3},
    {"weight_decay": 0.3},
    {"schedule": "step"},
    {"warmup_epochs": 2},
    {"label_smoothing": 0.2},
    {"clip_norm": 2.0},
    {"precision": "bf16-mixed"},
    {"loss": mean},
    {"metric": mean},
    {"metric": tb.Metric("accuracy", mean, higher_is_better=False)},
    {"seed": 1},
    {"seed": tb.Seeds(init_seed=1)},
    {"seed": tb.Seeds(data_seed=1)},
    {"seed": tb.Seeds(mask_seed=1)},
    {"seed": tb.Seeds(split_seed=1)},
    {"protocol": "paper"},
    {"validation_fraction": 0.2},
    {"include": ["0.bias"]},
    {"exclude": ["0.weight"]},
    {"compare": True},
]


def test_the_same_choices_have_the_same_name() -> None:
    assert name_of(made()) == name_of(made())
    spelled_out = made(
        method=tb.EdgePopup(density=0.5), weights=tb.SignedKaimingConstant(seed=0), epochs=100, lr=0.1, seed=tb.Seeds()
    )
    assert name_of(spelled_out) == name_of(made())


def test_every_choice_changes_the_name() -> None:
    names = [name_of(made()), *(name_of(made(**change)) for change in CHANGES)]
    assert len(set(names)) == len(names)


def test_the_values_of_a_users_model_are_part_of_the_name() -> None:
    moved = model()
    with torch.no_grad():
        moved.get_parameter("2.bias")[0] += 1e-6
    assert name_of(made(model=moved)) != name_of(made())


def test_the_name_of_a_run_on_digits_is_pinned() -> None:
    planned = plan("digits-mlp", "digits", epochs=5, precision="32")
    fingerprint = planned.spec["data"]["fingerprint"]
    assert planned.spec == {
        "model": {"name": "digits-mlp", "arguments": {}},
        "data": {
            "name": "digits",
            "source": "digits (embedded in scikit-learn)",
            "fingerprint": fingerprint,
            "preparation": {
                "mean": [0.30454535763505125],
                "std": [0.37532743122505957],
                "crop_padding": 0,
                "flip": False,
                "resized_crop": False,
            },
        },
        "method": tb.EdgePopup().to_spec(),
        "weights": {"distribution": "signed-kaiming-constant", "seed": 0, "scaled": False, "fan": "fan_in"},
        "training": {
            "epochs": 5,
            "batch_size": 128,
            "optimizer": "sgd",
            "lr": 0.1,
            "momentum": 0.9,
            "weight_decay": 1e-4,
            "schedule": "cosine",
            "warmup_epochs": 0,
            "label_smoothing": 0.0,
            "clip_norm": None,
            "evaluate_every": "1ep",
            "augment": "off",
            "precision": "32",
        },
        "seeds": {"init_seed": 0, "data_seed": 0, "mask_seed": 0, "split_seed": 0},
        "protocol": "validation",
        "validation_fraction": 0.1,
        "pixels": "standardised",
        "task": {
            "loss": "cross-entropy",
            "metric": "accuracy",
            "metric_function": "tombola.training.tasks.accuracy",
            "higher_is_better": True,
        },
        "include": [],
        "exclude": [],
        "compare": False,
    }
    assert name_of(planned) == PINNED
    assert planned.slug == f"digits-mlp-digits-edge-popup-{PINNED[:8]}"


def test_a_seed_goes_to_every_source_of_randomness_but_the_split() -> None:
    planned = made(seed=7)
    assert planned.spec["weights"]["seed"] == 7
    assert planned.spec["seeds"] == {"init_seed": 7, "data_seed": 7, "mask_seed": 7, "split_seed": 0}
    assert made(seed=7, weights="xavier-normal").spec["weights"]["seed"] == 7
    assert made(seed=7, weights=tb.KaimingNormal(seed=3)).spec["weights"]["seed"] == 3


def test_a_plan_runs_nothing_and_leaves_the_model_alone() -> None:
    calls = []
    users = model()
    users.register_forward_hook(lambda *_: calls.append(1))
    before = torch.get_rng_state()
    made(model=users)
    assert not calls
    assert torch.equal(torch.get_rng_state(), before)


def test_protocols_split_the_data() -> None:
    two = DATA[0], None, DATA[2]
    held = made(data=two).job.data
    assert held.validation is not None
    assert (len(held.train), len(held.validation)) == (36, 4)
    all_ = made(data=two, protocol="paper").job.data
    assert (len(all_.train), all_.validation) == (40, None)
    assert made(protocol="paper").job.data.validation is None, "a validation split that is given is left out too"
    assert len(made().job.data.train) == 40
    other = made(data=two, seed=tb.Seeds(split_seed=1)).job.data.train
    assert not torch.equal(other.inputs, held.train.inputs)
    assert torch.equal(made(data=two, seed=5).job.data.train.inputs, held.train.inputs)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model": "lenet"}, "unknown model 'lenet': did you mean 'lenet-300-100'"),
        ({"data": "minst"}, "unknown data set 'minst': did you mean 'mnist'"),
        ({"method": "edge-pop"}, "unknown method 'edge-pop': did you mean 'edge-popup'"),
        ({"method": tb.EdgePopup}, "expected a method such as EdgePopup"),
        ({"method": 0.5}, r"method=0\.5: expected a method"),
        ({"weights": "kaiming"}, "unknown weights 'kaiming': did you mean"),
        ({"weights": tb.KaimingNormal}, "expected a recipe such as"),
        ({"weights": 3}, "weights=3: expected a recipe such as"),
        ({"protocol": "papers"}, "unknown protocol 'papers': did you mean 'paper'"),
        ({"protocol": "paper", "data": DATA[:2]}, "protocol paper reports the test set, and tensors has none"),
        ({"data": (DATA[0], None, DATA[2]), "validation_fraction": 0}, "protocol validation chooses on validation"),
        ({"data": (DATA[0], None, DATA[2]), "validation_fraction": 1}, "expected a number, 0 <= fraction < 1"),
        ({"data": (DATA[0], None, DATA[2]), "validation_fraction": 0.001}, "holds out 0 of 40 training examples"),
        ({"epochs": 0}, "epochs=0"),
        ({"optimizer": "sdg"}, "unknown optimizer 'sdg'"),
        ({"precision": "64"}, "unknown precision '64'"),
        ({"seed": -1}, r"^seed=-1: expected an integer, 0 <= seed < 2\*\*63"),
        ({"seed": "1"}, "^seed='1': expected an integer"),
        ({"seed": True}, "^seed=True: expected an integer"),
        ({"include": 5}, "include=5: expected a pattern of parameter names"),
        ({"exclude": ["*", 3]}, r"exclude=\['\*', 3\]: expected a pattern"),
        (
            {"model": "digits-mlp", "data": "digits", "model_arguments": "width=2"},
            "model_arguments='width=2': expected",
        ),
        ({"validation_fraction": "0.1"}, r"validation_fraction='0\.1': expected a number, 0 <= fraction < 1"),
        ({"validation_fraction": float("nan")}, "validation_fraction=nan: expected a number"),
        ({"loss": 5}, "loss=5: expected a name, or a function of outputs and targets"),
        ({"metric": 5}, "metric=5: expected a name, or a function of outputs and targets"),
        ({"protocol": 5}, "unknown protocol '5'"),
        ({"preset": 5}, "unknown preset '5'"),
        ({"precision": 33}, "unknown precision '33'"),
        ({"model": "conv2", "data": "digits"}, r"^conv2 does not take inputs of shape \(1, 8, 8\) \(those of digits\)"),
        ({"include": ["9"]}, "pattern '9' matches no parameter"),
        ({"exclude": ["*"]}, "no prunable weights"),
        ({"model": nn.ReLU()}, "ReLU has no prunable weights"),
        ({"model": nn.Sequential(nn.LazyLinear(3))}, r"0\.weight has no shape yet"),
        ({"model_arguments": {"width": 2}}, "model arguments are for models made by name"),
        ({"data": ((INPUTS, INPUTS[:, :1]), DATA[1])}, "expected one shape and dtype"),
        ({"data": ((INPUTS, LABELS), (INPUTS, LABELS + 4000))}, "class label 4002 with only 40 training examples"),
        ({"data": ((INPUTS, LABELS - 1), DATA[1])}, "label -1 at index 0 of the train split"),
        ({"data": ((INPUTS * float("inf"), LABELS), DATA[1])}, "hold NaN or infinity"),
        ({"data": ((INPUTS[:, 0].double(), INPUTS[:, 1]),) * 2, "loss": "cross-entropy"}, "needs class labels"),
        ({"data": ((INPUTS, INPUTS[:, 1]),) * 2, "label_smoothing": 0.1}, "needs the loss cross-entropy"),
    ],
)
def test_what_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(tb.UsageError, match=said):
        made(**changed)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize(
    "method",
    [tb.EdgePopup, tb.IterativeMagnitude, tb.Filters, lambda density: tb.EdgePopup(layer_density={"0": density})],
)
def test_a_number_of_numpy_is_a_density(method: Any, kind: Any) -> None:
    planned = made(method=method(density=kind(0.5)))
    assert planned.spec == made(method=method(density=0.5)).spec
    assert json.dumps(planned.spec) == json.dumps(made(method=method(density=0.5)).spec)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"lr": 1}, {"lr": 1.0}),
        ({"weight_decay": 0}, {"weight_decay": -0.0}),
        ({"clip_norm": 5}, {"clip_norm": 5.0}),
        ({"validation_fraction": 0}, {"validation_fraction": -0.0}),
        ({"method": tb.EdgePopup(density=1)}, {"method": tb.EdgePopup(density=1.0)}),
        ({"method": tb.EdgePopup(layer_density={"0": 1})}, {"method": tb.EdgePopup(layer_density={"0": 1.0})}),
        ({"method": tb.WeightAgnostic(shared_values=[2, 1])}, {"method": tb.WeightAgnostic(shared_values=(2.0, 1.0))}),
    ],
)
def test_equal_numbers_are_one_run(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert name_of(made(**one)) == name_of(made(**other))


def test_a_method_of_ones_own_keeps_what_is_no_fraction() -> None:
    """Also where its types cannot be looked up, as those that are imported for a type checker alone."""
    settings: list[tuple[str, Any, Any]] = [("names", "list[Absent]", ["a"]), ("rate", "float | None", 1)]
    kind = make_dataclass("Own", [(name, type_, field(default=None)) for name, type_, _ in settings])
    given = plain(kind(**{name: value for name, _, value in settings}))
    assert repr((given.names, given.rate)) == "(['a'], 1.0)"


def test_a_precision_may_be_a_number_and_a_seed_a_numpy_one() -> None:
    assert made(precision=32).spec == made(precision="32").spec
    assert json.dumps(made(seed=np.int64(3)).spec) == json.dumps(made(seed=3).spec)


def test_networks_for_images_of_any_size_take_other_sizes() -> None:
    inputs = torch.randint(0, 256, (40, 3, 40, 40), dtype=torch.uint8)
    planned = plan("resnet-20", ((inputs, torch.arange(40) % 10), (inputs, torch.arange(40) % 10)), epochs=1)
    assert planned.job.model.name == "resnet-20"


def images(augmented: bool) -> DataSet:
    raw = (torch.randint(0, 256, (40, 1, 4, 4), dtype=torch.uint8), torch.arange(40) % 4)
    loaded = load((raw, raw))
    return replace(loaded, preparation=replace(loaded.preparation, crop_padding=1, flip=True)) if augmented else loaded


@pytest.mark.parametrize(
    ("epochs", "augment", "is_on"), [(19, None, False), (20, None, True), (3, "on", True), (99, "off", False)]
)
def test_augmentation_is_for_long_trainings_unless_it_is_asked_for(
    epochs: int, augment: str | None, is_on: bool
) -> None:
    planned = plan(nn.Sequential(nn.Flatten(), nn.Linear(16, 4)), images(True), epochs=epochs, augment=augment)
    assert planned.job.data.preparation.augments is is_on
    assert planned.spec["training"]["augment"] == ("on" if is_on else "off")


def test_data_without_a_usual_augmentation_has_none() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 4))
    assert plan(model, images(False), epochs=99).spec["training"]["augment"] == "off"
    with pytest.raises(tb.UsageError, match=r"augment=on: .* has no usual crops and flips; expected auto or off"):
        plan(model, images(False), augment="on")


def test_an_unknown_setting_offers_the_nearest() -> None:
    with pytest.raises(tb.UsageError, match="unknown setting 'epoch': did you mean 'epochs'"):
        made(epoch=3)


def test_pixels_are_part_of_the_run_and_of_what_evaluates_its_ticket() -> None:
    inputs = torch.randint(0, 256, (60, 1, 4, 4), dtype=torch.uint8)
    split = Split(inputs, torch.arange(60) % 3)
    data = DataSet("squares", split, split, split, 3, Preparation((0.5,), (0.25,)), "f", "s")
    module = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))
    usual, unit = (plan(module, data, pixels=pixels) for pixels in (None, "unit"))
    assert usual.spec != unit.spec
    assert unit.job.data.preparation(inputs).max() <= 1
    found = tb.run(module, data, pixels="unit", epochs=2, batch_size=8)
    again = tb.evaluate(found.ticket, data, module)
    assert again["test_accuracy"] == found.result["test_accuracy"]
    assert again["test_loss"] == pytest.approx(found.result["test_loss"])
