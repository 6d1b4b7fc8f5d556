"""`Plan`: one search with all choices made and checked, before anything is run."""

import inspect
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import nn

from tombola import data as datasets
from tombola import models, training
from tombola.api.given import arguments_of, fraction_of, named_or_made, patterns_of, plain, seeds_of
from tombola.api.spec import describe
from tombola.data import DataSet
from tombola.errors import DataError, UsageError, check_name, unknown_name
from tombola.models import NamedModel
from tombola.search import EdgePopup, Job, Method, method_named, preset_named
from tombola.search.found import CheckedMethod
from tombola.subnetwork import Layout, prunable_layout
from tombola.training import Metric, Seeds, Training, own_modes
from tombola.training.identity import identity
from tombola.training.tasks import Loss
from tombola.weights import Own, Recipe, Weights, recipe

FEW = 2  # examples, to see what a network gives
PROTOCOLS = ("validation", "paper")


@dataclass(frozen=True, eq=False)
class Plan:
    """A search, and the whole spec that identifies it."""

    job: Job
    method: Method
    spec: Mapping[str, Any]

    @property
    def slug(self) -> str:
        """A folder name that says what the run is, unique to its spec."""
        source = self.job.data.name.replace("/", "-")
        model = self.job.model.name.rpartition(":")[2]
        return f"{model}-{source}-{self.method.name}-{identity(dict(self.spec))[:8]}"


@own_modes()
def plan(
    model: str | nn.Module,
    data: Any,
    *,
    method: Method | str | None = None,
    weights: Weights | str | None = None,
    loss: str | Loss | None = None,
    metric: str | Metric | Loss | None = None,
    seed: int | Seeds = 0,
    preset: str | None = None,
    protocol: str | None = None,
    validation_fraction: float | None = None,
    pixels: str | None = None,
    image_size: int | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    model_arguments: Mapping[str, Any] | None = None,
    compare: bool = False,
    **settings: Any,
) -> Plan:
    """Make and check all choices of a search; the data is loaded, nothing is run.

    Args:
        model: a name of `tombola.models.NAMES`, `"package.module:callable"`, or any `nn.Module`,
            which is left as it is.
        data: `"digits"`, a hub name, a folder, or `(train, validation[, test])`: see `tombola.data.load`.
        method: a method or its name; `EdgePopup()` by default. The name of a preset's own method means
            the preset's, with its settings.
        weights: a recipe or its name; `Own()` or `"own"` for the model's own weights. By default
            the method's usual recipe, with the run's seed.
        loss: a name or a function (outputs, targets) -> scalar.
        metric: a name, a `Metric`, or a function (outputs, targets) -> one value an example.
        seed: one number for all sources of randomness, or `Seeds`.
        preset: name of a paper's settings for this model, see `tombola.search.presets`; what is given
            beside it wins.
        protocol: `validation`, unless a preset says otherwise: part of the training examples is held
            out, choices are made on it, and the test set is read once at the end; `paper`: all
            examples are trained on and the
            last epoch's test figure is reported, as the paper does.
        validation_fraction: of the training examples, held out where the data has no validation split; 0.1
            where no preset says otherwise.
        pixels: `standardised`, to mean 0 and deviation 1, unless a preset says otherwise; or `unit`, in [0, 1].
        image_size: pixels of a side, for images that are read when needed; by default what the model says
            it takes, else 224.
        include, exclude: patterns of parameter names, see `prunable_layout`.
        model_arguments: of a model given by name, e.g. `{"width": 0.5}`.
        compare: also train the dense network, to compare with.
        settings: of the training, by the names of `Training`: epochs, batch_size, optimizer, lr,
            precision, …; the method's own defaults where they are not given.

    Raises:
        UsageError: where an argument is not allowed; the message says what is.
    """
    seeds = seeds_of(seed)
    usual = None if preset is None else preset_named(preset, model if isinstance(model, str) else type(model).__name__)
    is_usual = usual is not None and (method is None or (isinstance(method, str) and method == usual.method.name))
    chosen = _method(usual.method if usual and is_usual else method)
    fraction = fraction_of(usual.validation_fraction if usual and validation_fraction is None else validation_fraction)
    protocol = protocol if protocol is not None else usual.protocol if usual else "validation"
    pixels = pixels if pixels is not None else usual.pixels if usual else "standardised"
    if not isinstance(compare, bool):
        raise UsageError(f"compare={compare!r}: expected true or false")
    named = models.find_model(model, arguments_of(model_arguments), seeds.init_seed)
    loaded = datasets.load(data).with_pixels(pixels)  # after the model: a wrong name costs no download
    loaded = loaded.with_image_size(image_size, None if loaded.train.in_memory else _usual_size(named))
    splits = _splits(loaded, protocol, fraction, seeds)
    chosen_training = _training(splits, usual.training if usual else chosen.defaults, settings)
    splits = splits if chosen_training.augments else _not_augmented(splits)
    job = Job(
        model=named,
        data=splits,
        weights=_weights(weights, usual.weights if usual else chosen.weights, seeds),
        task=training.make_task(
            named_or_made("loss", loss),
            named_or_made("metric", metric),
            classes=splits.classes,
            label_smoothing=chosen_training.label_smoothing,
        ),
        training=chosen_training,
        seeds=seeds,
        protocol=protocol,
        include=patterns_of("include", include),
        exclude=patterns_of("exclude", exclude),
        compare=compare,
    )
    layout = _checked_layout(job)
    if isinstance(chosen, CheckedMethod):
        chosen.check(job, layout)
    return Plan(job, chosen, describe(job, chosen, fraction, pixels))


def _method(method: Method | str | None) -> Method:
    if isinstance(method, str):
        return method_named(method)
    if isinstance(method, type) or not (method is None or hasattr(method, "search")):
        raise UsageError(f"method={method!r}: expected a method such as EdgePopup(density=0.5), or a name")
    return EdgePopup() if method is None else plain(method)


def _training(data: DataSet, defaults: Training, given: Mapping[str, Any]) -> Training:
    """The settings with nothing left open: what `auto` comes to is part of what identifies a run."""
    known = [field.name for field in fields(Training)]
    if unknown := [name for name in given if name not in known]:
        others = inspect.signature(plan).parameters.keys() - {"settings"}
        raise unknown_name("setting", unknown[0], [*known, *others])
    chosen = {name: value for name, value in given.items() if value is not None}
    if isinstance(chosen.get("precision"), int):
        chosen["precision"] = str(chosen["precision"])  # 32 is what everyone writes
    settings = plain(replace(defaults, **chosen))
    if settings.augment == "on" and not data.preparation.augments:
        raise UsageError(f"augment=on: {data.name} has no usual crops and flips; expected auto or off")
    augment = "on" if settings.augments and data.preparation.augments else "off"
    return replace(settings, augment=augment, precision=training.resolve_precision(settings.precision))


def _not_augmented(data: DataSet) -> DataSet:
    return replace(data, preparation=data.preparation.not_augmented())


def _usual_size(model: NamedModel) -> int | None:
    """Pixels of a side of the square images that a model of ours is made for, or a module at hand says it is."""
    with torch.device("meta") if model.builtin else nullcontext():
        shape: Any = getattr(model.make(), "input_shape", None)
    is_square = isinstance(shape, tuple | list) and len(shape) == 3 and shape[1] == shape[2]
    return shape[1] if is_square and isinstance(shape[1], int) else None


def _checked_layout(job: Job) -> Layout:
    """The layout of a network's prunable weights; one of ours is seen to take the data first."""
    if not job.model.builtin:
        return prunable_layout(job.model.make(), job.include, job.exclude)  # what it does is not known before it runs
    with torch.device("meta"), torch.no_grad():
        network = job.model.make().eval()
        _check_data(job, network)
        return prunable_layout(network, job.include, job.exclude)


def _check_data(job: Job, network: nn.Module) -> None:
    """Refuse data that a network without values does not take, by the name that it was asked for."""
    shape = job.data.train.shape
    try:
        outputs = network(torch.empty(FEW, *shape))
    except (RuntimeError, ValueError, TypeError, IndexError, AssertionError) as error:
        raise UsageError(
            f"{job.model.name} does not take inputs of shape {shape} (those of {job.data.name}): "
            f"expected inputs of shape {getattr(network, 'input_shape', shape)}"
        ) from error
    training.check_outputs(outputs, job.data.train.targets[:FEW], job.task, job.data.classes, job.model.name)


def _splits(data: DataSet, protocol: str, fraction: float, seeds: Seeds) -> DataSet:
    check_name("protocol", protocol, PROTOCOLS)
    if protocol == "validation":
        parts = datasets.split_validation(data, fraction, seeds.split_seed)
        if parts.validation is None:
            raise DataError(
                f"protocol validation chooses on validation examples, and {data.name} has none: give some, "
                "or a validation_fraction above 0"
            )
        return parts
    if data.test is None:
        raise DataError(f"protocol paper reports the test set, and {data.name} has none: give one, or use validation")
    return replace(data, validation=None)


def _weights(given: Weights | str | None, default: str, seeds: Seeds) -> Weights:
    weights = default if given is None else given
    if isinstance(weights, str):
        return Own() if weights == Own.name else recipe(weights, seed=seeds.init_seed)
    if not isinstance(weights, Recipe | Own):
        raise UsageError(f"weights={weights!r}: expected a recipe such as SignedKaimingConstant(), Own(), or a name")
    return weights
