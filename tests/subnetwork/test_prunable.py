import pytest
import torch
from tests.families import FAMILIES
from torch import nn

from tombola.errors import UsageError
from tombola.subnetwork import prunable_layout

EXPECTED = {
    "mlp": ["0.weight", "3.weight"],
    "conv": ["0.weight", "4.weight"],
    "channels-last": ["0.weight", "4.weight"],
    "normalised": ["conv.weight", "head.weight"],
    "conv-transpose": ["0.weight", "4.weight"],
    "transformer": [
        *(
            f"encoder.layers.{layer}.{leaf}"
            for layer in (0, 1)
            for leaf in ("self_attn.in_proj_weight", "self_attn.out_proj.weight", "linear1.weight", "linear2.weight")
        ),
        "head.weight",
    ],
    "attention": ["attention.in_proj_weight", "attention.out_proj.weight", "head.weight"],
    "lstm": [
        "words.weight",
        *(f"lstm.weight_{kind}_l{layer}{way}" for layer in (0, 1) for way in ("", "_reverse") for kind in ("ih", "hh")),
        "head.weight",
    ],
    "gru": ["gru.weight_ih_l0", "gru.weight_hh_l0", "cell.weight_ih", "cell.weight_hh", "head.weight"],
    "tied": ["words.weight", "hidden.weight"],
    "unused": ["used.weight", "unused.weight", "head.weight"],
    "raw": ["first", "second"],
}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_weights_of_each_family(name: str) -> None:
    model = FAMILIES[name].make()
    layout = prunable_layout(model, FAMILIES[name].include)
    assert list(layout.names) == EXPECTED[name]
    assert layout.by_name == {name: tuple(model.get_parameter(name).shape) for name in EXPECTED[name]}


def test_separate_projections_of_attention() -> None:
    layout = prunable_layout(nn.MultiheadAttention(8, 2, kdim=4, vdim=6, add_bias_kv=True))
    assert layout.names == ("q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight")


def test_normalisation_is_matched_by_type_not_by_name() -> None:
    model = nn.ModuleDict({"norm": nn.Linear(2, 2), "conv": nn.LayerNorm((2, 2)), "bn": nn.GroupNorm(2, 2)})
    assert prunable_layout(model).names == ("norm.weight",)


def test_include_adds_and_exclude_wins() -> None:
    model = FAMILIES["transformer"].make()
    names = prunable_layout(model, include=["pos*", "*.bias"], exclude=["encoder.layers.1.*", "head"]).names
    assert "position" in names
    assert "encoder.layers.0.linear1.bias" in names
    assert not [name for name in names if name.startswith(("encoder.layers.1", "head"))]


def test_a_module_used_twice_is_one_layer() -> None:
    shared = nn.Linear(3, 3)
    model = nn.Sequential(shared, nn.ReLU(), shared)
    assert prunable_layout(model).names == ("0.weight",)


def test_whole_number_parameters_are_never_prunable() -> None:
    model = nn.Linear(2, 2)
    model.codes = nn.Parameter(torch.zeros(2, 2, dtype=torch.long), requires_grad=False)
    assert prunable_layout(model, include=["codes"]).names == ("weight",)


@pytest.mark.parametrize("model", [nn.ReLU(), nn.BatchNorm1d(3), nn.PReLU(), FAMILIES["raw"].make()])
def test_a_model_without_prunable_weights(model: nn.Module) -> None:
    with pytest.raises(UsageError, match=f"{type(model).__name__} has no prunable weights: expected linear"):
        prunable_layout(model)


def test_everything_excluded() -> None:
    with pytest.raises(UsageError, match="no prunable weights"):
        prunable_layout(nn.Linear(2, 2), exclude=["*"])


@pytest.mark.parametrize("patterns", [{"include": ["nothing.*"]}, {"exclude": ["nothing.*"]}])
def test_a_pattern_that_matches_nothing(patterns: dict[str, list[str]]) -> None:
    with pytest.raises(UsageError, match=r"'nothing\.\*' matches no parameter: expected one that fits weight, bias"):
        prunable_layout(nn.Linear(2, 2), **patterns)


@pytest.mark.parametrize("lazy", [nn.LazyLinear(3), nn.LazyConv2d(3, 3)])
def test_a_lazy_layer_must_see_a_batch_first(lazy: nn.Module) -> None:
    with pytest.raises(UsageError, match=r"0\.weight has no shape yet: run one batch"):
        prunable_layout(nn.Sequential(lazy))


def test_a_lazy_layer_that_has_seen_a_batch() -> None:
    model = nn.Sequential(nn.LazyLinear(3))
    model(torch.zeros(2, 5))
    assert prunable_layout(model).by_name == {"0.weight": (3, 5)}


def test_one_pattern_may_be_a_string() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
    assert prunable_layout(model, exclude="0").names == ("1.weight",)
    assert prunable_layout(model, include="0.bias").names == ("0.weight", "0.bias", "1.weight")


def test_a_parametrized_layer_is_not_passed_over_in_silence() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
    nn.utils.parametrizations.weight_norm(model[0])
    with pytest.warns(UserWarning, match="0 is parametrized and is not masked: call remove_parametrizations first"):
        assert prunable_layout(model).names == ("1.weight",)
