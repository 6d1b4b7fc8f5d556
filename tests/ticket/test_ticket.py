"""A ticket as a value: what it takes, what it owns, and what it builds."""

import copy
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tombola import models
from tombola.errors import TicketError, UsageError
from tombola.masks import Mask
from tombola.subnetwork import canonical_tensors, unmasked_state
from tombola.ticket import Architecture, Ticket, load
from tombola.weights import KaimingNormal, SignedKaimingConstant


class Net(nn.Module):
    """Convolution, batch norm, an embedding tied to the output, and a buffer that is not saved."""

    scale: Tensor
    mean: Tensor

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.norm = nn.BatchNorm2d(width)
        self.embedding = nn.Embedding(5, width)
        self.out = nn.Linear(width, 5)
        self.out.weight = self.embedding.weight
        self.register_buffer("mean", torch.arange(3.0))
        self.register_buffer("scale", torch.ones(2), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.norm(self.conv(x)).mean((2, 3))
        result: Tensor = self.out(hidden)
        return result


def mask_of(model: nn.Module, density: float = 0.5) -> Mask:
    generator = torch.Generator().manual_seed(0)
    weights = {
        name: tensor for name, tensor in model.named_parameters() if name.endswith("weight") and "norm" not in name
    }
    return Mask({name: torch.rand(tensor.shape, generator=generator) < density for name, tensor in weights.items()})


def ticket_of(model: nn.Module, **changed: Any) -> Ticket:
    mask = mask_of(model)
    parts: dict[str, Any] = {
        "architecture": Architecture("tests:Net", {"width": 4}),
        "mask": mask,
        "densities": dict.fromkeys(mask, 0.5),
        "weights": KaimingNormal(seed=1, scaled=True),
        "state": unmasked_state(model, mask),
    }
    return Ticket(**{**parts, **changed})


def trained(model: nn.Module) -> nn.Module:
    """The model with nothing left at a value that a fresh one has."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for tensor in canonical_tensors(model).values():
            tensor.copy_(torch.rand(tensor.shape, generator=generator) * 9 + 1)
    return model


def test_build_places_masked_weights_and_the_state() -> None:
    model = trained(Net())
    ticket = ticket_of(model)
    built = ticket.build(Net())
    for name, value in ticket.initial_weights().items():
        assert torch.equal(built.get_parameter(name), value * ticket.mask[name])
        assert not built.get_parameter(name)[~ticket.mask[name]].signbit().any()
    for name, tensor in canonical_tensors(model).items():
        if name not in ticket.mask:
            assert torch.equal(canonical_tensors(built)[name], tensor), name
    images = torch.rand(2, 3, 6, 6)
    assert torch.equal(built.eval()(images), ticket.build(Net()).eval()(images))


class Classifier(nn.Module):
    """A recurrent layer, and a weight that the forward pass never uses."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 6, batch_first=True)
        self.unused = nn.Linear(3, 3)
        self.out = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.out(self.lstm(x)[0][:, -1])
        return result


def encoder() -> nn.Module:
    return nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)


@pytest.mark.parametrize("fresh", [encoder, Classifier])
def test_other_kinds_of_network_come_back_from_the_file(fresh: Callable[[], nn.Module], tmp_path: Path) -> None:
    model = trained(fresh())
    ticket = ticket_of(
        model, mask=(mask := mask_of(model)), densities=dict.fromkeys(mask, 0.5), state=unmasked_state(model, mask)
    )
    built = load(ticket.save(tmp_path / "a.ticket")).build(fresh())
    masked = {name: value * mask[name] for name, value in ticket.initial_weights().items()}
    inputs = torch.rand(2, 3, 4)
    expected = torch.func.functional_call(model.eval(), masked, (inputs,))
    assert type(built) is type(model)
    torch.testing.assert_close(built.eval()(inputs), expected)


def test_build_fills_in_place() -> None:
    model = Net()
    parameters = dict(model.named_parameters())
    assert ticket_of(trained(Net())).build(model) is model
    assert all(model.get_parameter(name) is parameter for name, parameter in parameters.items())
    assert model.out.weight is model.embedding.weight
    assert all(parameter.requires_grad for parameter in parameters.values())


def test_build_converts_to_the_type_of_the_model() -> None:
    ticket = ticket_of(Net())
    built = ticket.build(Net().bfloat16())
    assert torch.equal(built.get_parameter("conv.bias"), ticket.state["conv.bias"].bfloat16())


def test_tied_weights_and_unsaved_buffers_are_in_it_once_or_never() -> None:
    model = Net()
    state = unmasked_state(model, ["conv.weight", "embedding.weight"])
    norm = ["norm.bias", "norm.num_batches_tracked", "norm.running_mean", "norm.running_var", "norm.weight"]
    assert sorted(state) == ["conv.bias", "mean", *norm, "out.bias"]


def test_a_ticket_owns_copies() -> None:
    model = Net()
    given = {name: model.get_parameter(name) for name in mask_of(model)}
    ticket = ticket_of(model, weights=given, state=(state := unmasked_state(model, given)))
    before = ticket.digest
    trained(model)
    for tensor in state.values():
        tensor.zero_()
    for drawn in ticket.initial_weights().values():
        drawn.zero_()
    trained(ticket.build(Net()))
    fresh = Ticket(ticket.architecture, ticket.mask, ticket.densities, ticket.weights, ticket.state)
    assert fresh.digest == before
    assert not any(tensor.requires_grad for tensor in (*ticket.state.values(), *ticket.initial_weights().values()))


def test_memory_formats_do_not_matter() -> None:
    model = Net()
    given = {name: model.get_parameter(name).detach() for name in mask_of(model)}
    strided = {name: tensor.t().contiguous().t() if tensor.dim() == 2 else tensor for name, tensor in given.items()}
    strided["conv.weight"] = given["conv.weight"].to(memory_format=torch.channels_last)
    assert ticket_of(model, weights=strided).digest == ticket_of(model, weights=given).digest


def test_initial_weights_are_the_recipes_at_the_density_asked_for() -> None:
    ticket = ticket_of(Net(), densities={"conv.weight": 0.5, "embedding.weight": 0.25})
    drawn = ticket.initial_weights()["embedding.weight"]
    assert torch.equal(drawn, KaimingNormal(seed=1).tensor("embedding.weight", (5, 4)) * 2)


def test_every_part_changes_the_digest() -> None:
    model = Net()
    first = ticket_of(model)
    mask = mask_of(model, 0.3)
    others = [
        ticket_of(model, architecture=Architecture("tests:Net", {"width": 5})),
        ticket_of(model, architecture=Architecture("tests:Net", {"width": 4}, builtin=True)),
        ticket_of(model, mask=mask),
        ticket_of(model, densities=dict.fromkeys(mask, 0.25)),
        ticket_of(model, weights=KaimingNormal(seed=2, scaled=True)),
        ticket_of(model, weights=first.initial_weights()),
        ticket_of(model, state={**first.state, "mean": torch.tensor([0.0, 1.0, -2.0])}),
        ticket_of(model, spec={"epochs": 5}),
        ticket_of(model, metrics={"test_accuracy": 0.9}),
        ticket_of(model, provenance={"torch": "2"}),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == len(others) + 1
    assert ticket_of(model).digest == first.digest
    assert ticket_of(model, weights=first.initial_weights()).weights_digest == first.weights_digest


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda ticket: pickle.loads(pickle.dumps(ticket))])
def test_copies_are_equal(copied: Any) -> None:
    ticket = ticket_of(trained(Net()))
    assert copied(ticket).digest == ticket.digest


def test_the_words_for_another_architecture() -> None:
    ticket = ticket_of(Net())
    with pytest.raises(TicketError) as wider:
        ticket.build(Net(width=8))
    assert "other shapes: conv.weight is (4, 3, 3, 3) in the ticket, (8, 3, 3, 3) in the model" in str(wider.value)
    assert "and 4 more" in str(wider.value)
    with pytest.raises(TicketError) as other:
        ticket.build(nn.Sequential(nn.Linear(2, 2)))
    assert "missing in the model: conv.weight, embedding.weight, conv.bias and 7 more" in str(other.value)
    assert "not in the ticket: 0.weight, 0.bias" in str(other.value)


def test_a_model_that_does_not_fit_is_left_alone() -> None:
    model = Net()
    model.out = nn.Linear(4, 6)
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(TicketError):
        ticket_of(Net()).build(model)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def on_meta() -> nn.Module:
    with torch.device("meta"):
        return Net()


@pytest.mark.parametrize(
    ("model", "word"),
    [
        (on_meta, "to_empty"),
        (lambda: nn.Sequential(nn.LazyLinear(3)), "run one batch"),
    ],
)
def test_models_without_values_are_refused(model: Any, word: str) -> None:
    with pytest.raises(TicketError, match=word):
        ticket_of(Net()).build(model())


@pytest.fixture
def builtin(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []

    def make(name: str, width: int = 4) -> nn.Module:
        model = Net(width)
        made.append(model.mean.device.type)
        return model

    monkeypatch.setattr(models, "make", make, raising=False)
    return made


def test_builtin_architectures_are_made(builtin: list[str]) -> None:
    torch.manual_seed(3)
    state = torch.get_rng_state()
    ticket = ticket_of(Net(8), architecture=Architecture("net", {"width": 8}, builtin=True))
    torch.set_rng_state(state)
    built = ticket.build()
    assert torch.equal(torch.get_rng_state(), state)
    assert isinstance(built, Net)
    assert torch.equal(built.get_parameter("conv.weight"), ticket.build(Net(8)).get_parameter("conv.weight"))


def test_a_builtin_architecture_is_compared_before_it_takes_memory(builtin: list[str]) -> None:
    ticket = ticket_of(Net(), architecture=Architecture("net", {"width": 10**9}, builtin=True))
    with pytest.raises(TicketError, match="shapes"):
        ticket.build()
    assert builtin == ["meta"]


def test_the_models_of_this_package_are_made() -> None:
    model = trained(models.make("lenet-300-100"))
    built = ticket_of(model, architecture=Architecture("lenet-300-100", builtin=True)).build()
    assert type(built) is type(model)
    assert torch.equal(
        canonical_tensors(built)[list(canonical_tensors(model))[1]], list(canonical_tensors(model).values())[1]
    )


def test_a_model_that_this_version_does_not_have() -> None:
    with pytest.raises(TicketError, match="did you mean 'lenet-300-100'"):
        ticket_of(Net(), architecture=Architecture("lenet-300-10", builtin=True)).build()


@pytest.mark.parametrize("arguments", [{"colour": 1}, {"width": -1}, {"width": "4"}, {"width": None}])
def test_arguments_it_does_not_take(builtin: list[str], arguments: dict[str, Any]) -> None:
    with pytest.raises(TicketError, match="cannot be made"):
        ticket_of(Net(), architecture=Architecture("net", arguments, builtin=True)).build()


def test_what_is_not_builtin_asks_for_the_model() -> None:
    with pytest.raises(
        TicketError, match=r"'tests:Net', which is not builtin: pass the model, as in build\(Net\(...\)\)"
    ):
        ticket_of(Net()).build()


def nested(depth: int) -> list[Any]:
    return [nested(depth - 1)] if depth else []


BAD: list[tuple[dict[str, Any], str]] = [
    ({"densities": {"conv.weight": 0.5}}, "embedding.weight"),
    ({"densities": {"conv.weight": 0.5, "embedding.weight": 50}}, r"did you mean 0\.5"),
    ({"densities": {"conv.weight": 0.5, "embedding.weight": 0.5, "more": 0.5}}, "more"),
    ({"weights": {"conv.weight": torch.zeros(4, 3, 3, 3)}}, "embedding.weight"),
    ({"weights": {"conv.weight": torch.zeros(4, 3, 3, 3), "embedding.weight": torch.zeros(4, 5)}}, r"\(4, 5\)"),
    ({"weights": {"conv.weight": [1.0], "embedding.weight": torch.zeros(5, 4)}}, "conv.weight"),
    ({"state": {"conv.weight": torch.zeros(1)}}, "conv.weight"),
    ({"state": {"a": torch.zeros(1, dtype=torch.complex64)}}, "complex64"),
    ({"state": {"a": torch.zeros(3).to_sparse()}}, "dense"),
    ({"state": {"a": torch.zeros(3, device="meta")}}, "values"),
    ({"state": {"a\nb": torch.zeros(3)}}, "printable"),
    ({"state": {"\ud800": torch.zeros(3)}}, "printable"),
    ({"metrics": {"loss": float("nan")}}, "metrics"),
    ({"spec": {"path": object()}}, "spec"),
    ({"provenance": [1]}, "provenance"),
    ({"spec": {"a": nested(100)}}, "nested deeper than 64"),
]


@pytest.mark.parametrize(("changed", "word"), BAD)
def test_parts_that_do_not_go_together(changed: dict[str, Any], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        ticket_of(Net(), **changed)


def test_json_is_copied_as_a_file_would_give_it_back() -> None:
    inner = {"a": [1]}
    ticket = ticket_of(Net(), spec={"sizes": (300, 100), "inner": inner})
    inner["a"].append(2)
    assert ticket.spec == {"sizes": [300, 100], "inner": {"a": [1]}}


def test_sizes_of_a_given_mask() -> None:
    mask = Mask({"w": torch.arange(1600).reshape(40, 40) % 2 == 0})
    ticket = Ticket(Architecture("a"), mask, {"w": 0.5}, SignedKaimingConstant(), {"b": torch.zeros(40)})
    got = ticket.sizes()
    assert (got["dense_fp32_bytes"], got["entropy_bytes"]) == (4 * 1640, 200)
    assert 200 < got["ticket_bytes"] < 1500


def test_its_words_are_short() -> None:
    assert len(repr(ticket_of(Net()))) < 300


@pytest.mark.parametrize("model", ["name", 3, Net, [], False])
def test_what_is_no_module_is_not_filled(model: Any) -> None:
    with pytest.raises(UsageError, match=r"expected an nn\.Module to fill, or None"):
        ticket_of(Net()).build(model)


@pytest.mark.parametrize("path", [None, 3, b"ticket", []])
def test_what_is_no_path_is_not_written(path: Any) -> None:
    with pytest.raises(UsageError, match="expected the path of the file to write"):
        ticket_of(Net()).save(path)


def test_a_plain_sequential_is_asked_for_too() -> None:
    named = Architecture("torch.nn.modules.container:Sequential")
    with pytest.raises(
        TicketError, match=r"pass the model, as in build\(Sequential\(\.\.\.\)\), or .* --model package"
    ):
        ticket_of(Net(), architecture=named).build()


@pytest.mark.parametrize("builtin", [True, False])
def test_nothing_that_a_ticket_names_is_imported(
    builtin: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trap_of_a_ticket.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    hostile = ticket_of(Net(), architecture=Architecture("trap_of_a_ticket:Net", {"x": 1}, builtin))
    with pytest.raises(TicketError):
        load(hostile.save(tmp_path / "a.ticket")).build()
    assert "trap_of_a_ticket" not in sys.modules
