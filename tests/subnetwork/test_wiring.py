"""Where weights stand in a model."""

import copy

import pytest
import torch
from tests.families import FAMILIES
from torch import Tensor, nn

from tombola.subnetwork import prunable_layout, untrained_copy
from tombola.subnetwork.wiring import Wiring, wiring_of
from tombola.weights import Own

OUTPUTS = {
    "mlp": {"3.weight"},
    "conv": {"4.weight"},
    "channels-last": {"4.weight"},
    "conv-transpose": {"4.weight"},
    "tied": {"words.weight"},
    "raw": {"second"},
}


def wired(model: nn.Module, inputs: Tensor, include: tuple[str, ...] = ()) -> Wiring:
    layout = prunable_layout(model, include)
    return wiring_of(untrained_copy(model, layout, Own()), layout, inputs)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_output_layer_of_every_family(name: str) -> None:
    family = FAMILIES[name]
    model = family.make()
    assert wired(model, family.inputs(2), family.include).outputs == OUTPUTS.get(name, {"head.weight"})


class Wired(nn.Module):
    """Three layers, put together by a function of the test."""

    def __init__(self, bias: bool = True) -> None:
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(4, 4, bias=bias) for _ in "abc")


class TwoHeads(Wired):
    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.a(x))
        return torch.cat([self.b(hidden), self.c(hidden)], 1)


class Residual(Wired):
    def forward(self, x: Tensor) -> Tensor:
        hidden = self.a(x)
        return hidden + self.c(torch.relu(self.b(hidden)))  # type: ignore[no-any-return]


class Gated(Wired):
    def forward(self, x: Tensor) -> Tensor:
        hidden = self.a(x)
        return self.b(hidden) * torch.sigmoid(self.c(hidden))  # type: ignore[no-any-return]


class Twice(Wired):
    """The same layer on every level, and a head."""

    def forward(self, x: Tensor) -> Tensor:
        return self.c(torch.relu(self.a(torch.relu(self.a(x)))))  # type: ignore[no-any-return]


class Sequence(Wired):
    """Linear layers one after the other, without anything between them."""

    def forward(self, x: Tensor) -> Tensor:
        return self.c(self.b(self.a(x)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [(TwoHeads, "bc"), (Residual, "ac"), (Gated, "bc"), (Twice, "c"), (Sequence, "c")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_the_layers_whose_units_reach_the_outputs(kind: type[Wired], expected: str, bias: bool) -> None:
    assert wired(kind(bias), torch.randn(2, 4)).outputs == {f"{layer}.weight" for layer in expected}


def test_what_follows_the_last_layer_does_not_matter() -> None:
    head = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3), nn.BatchNorm1d(3), nn.LogSoftmax(1))
    assert wired(head, torch.randn(2, 4)).outputs == {"2.weight"}
    image = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 3, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert wired(image, torch.randn(2, 1, 6, 6)).outputs == {"2.weight"}


def test_a_prunable_bias_of_the_output_layer_is_one_of_its_weights() -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    assert wired(model, torch.randn(2, 4), ("*.bias",)).outputs == {"2.weight", "2.bias"}


def test_an_embedding_before_a_linear_output_layer_is_no_output_layer() -> None:
    model = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 3, bias=False))
    assert wired(model, torch.tensor([1, 2])).outputs == {"1.weight"}


def test_biases_of_every_kind() -> None:
    lstm = wired(FAMILIES["lstm"].make(), FAMILIES["lstm"].inputs(2)).companions
    assert lstm["lstm.weight_hh_l1_reverse"] == ("lstm.bias_hh_l1_reverse",)
    assert "words.weight" not in lstm
    attention = wired(FAMILIES["attention"].make(), FAMILIES["attention"].inputs(2)).companions
    assert attention["attention.in_proj_weight"] == ("attention.in_proj_bias",)
    bare = nn.Linear(3, 2)
    assert wired(bare, torch.randn(2, 3)).companions == {"weight": ("bias",)}
    assert wired(bare, torch.randn(2, 3), ("bias",)).companions == {}


class Norms(nn.Module):
    """Normalisation right behind a layer, behind an activation, behind a sum, and behind a flattening."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.three = nn.Conv2d(1, 2, 1), nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 1)
        self.near, self.after = nn.BatchNorm2d(2), nn.GroupNorm(1, 2)
        self.sum, self.flat = nn.BatchNorm2d(2), nn.LayerNorm(8)
        self.head = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        one = self.near(self.one(x))
        two = self.after(torch.relu(self.two(one)))
        three = self.sum(two + self.three(two))
        return self.head(self.flat(three.flatten(1)))  # type: ignore[no-any-return]


def test_normalisation_belongs_to_the_one_layer_it_reads() -> None:
    companions = wired(Norms(), torch.randn(3, 1, 2, 2)).companions
    assert set(companions["one.weight"]) == {"one.bias", "near.weight", "near.bias"}
    assert set(companions["two.weight"]) == {"two.bias", "after.weight", "after.bias"}
    assert companions["three.weight"] == ("three.bias",)
    assert companions["head.weight"] == ("head.bias",)


def test_normalisation_that_two_layers_share_belongs_to_neither() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two, self.norm = nn.Linear(3, 3), nn.Linear(3, 3), nn.BatchNorm1d(3)

        def forward(self, x: Tensor) -> Tensor:
            return self.norm(self.two(self.norm(self.one(x))))  # type: ignore[no-any-return]

    assert wired(Shared(), torch.randn(4, 3)).companions == {"one.weight": ("one.bias",), "two.weight": ("two.bias",)}


def test_the_model_is_left_as_it_was() -> None:
    model = untrained_copy(Norms(), prunable_layout(Norms()), Own()).train()
    before = copy.deepcopy(model.state_dict())
    wiring_of(model, prunable_layout(model), torch.randn(3, 1, 2, 2))
    assert all(module.training for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
