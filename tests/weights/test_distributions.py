"""The distributions against PyTorch's own definitions and against slow formulas."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import nn
from torch.nn import init

from tombola.weights import (
    GlorotNarrow,
    GlorotNormal,
    KaimingNormal,
    KaimingUniform,
    SignedGlorotConstant,
    SignedKaimingConstant,
    SignedXavierConstant,
    TorchDefault,
    XavierNormal,
)
from tombola.weights.distributions import Fan, fans

SHAPES = st.lists(st.integers(1, 7), min_size=2, max_size=5).map(tuple)


@given(SHAPES)
def test_fans_are_pytorchs(shape: tuple[int, ...]) -> None:
    assert fans(shape) == init._calculate_fan_in_and_fan_out(torch.empty(shape))


@given(SHAPES, st.sampled_from(["fan_in", "fan_out"]))
def test_std_of_each(shape: tuple[int, ...], fan: Fan) -> None:
    into, out = init._calculate_fan_in_and_fan_out(torch.empty(shape))
    n = into if fan == "fan_in" else out
    for kaiming in (KaimingNormal(fan=fan), SignedKaimingConstant(fan=fan), KaimingUniform(fan=fan)):
        assert kaiming.std(shape) == math.sqrt(2 / n)
    for xavier in (XavierNormal(fan=fan), SignedXavierConstant(fan=fan)):
        assert xavier.std(shape) == math.sqrt(1 / n)
    assert GlorotNormal().std(shape) == math.sqrt(2 / (into + out))
    assert SignedGlorotConstant().std(shape) == math.sqrt(2 / (into + out))
    assert math.isclose(GlorotNarrow().std(shape), math.sqrt(2 / (into + out)) / math.sqrt(3), rel_tol=1e-15)
    assert math.isclose(TorchDefault().std(shape), 1 / math.sqrt(3 * into), rel_tol=1e-15)


def test_a_vector_has_its_length_for_both_fans() -> None:
    assert KaimingNormal().std((8,)) == KaimingNormal(fan="fan_out").std((8,)) == math.sqrt(2 / 8)
    assert GlorotNormal().std((8,)) == math.sqrt(2 / 16)


@pytest.mark.parametrize("kind", [KaimingNormal, XavierNormal, GlorotNormal])
def test_normal_form(kind: type[KaimingNormal] | type[GlorotNormal]) -> None:
    weights = kind(seed=7).tensor("a", (300, 200)).flatten().double()
    assert stats.kstest(weights / kind().std((300, 200)), "norm").pvalue > 0.001


@pytest.mark.parametrize("kind", [KaimingUniform, TorchDefault, GlorotNarrow])
def test_uniform_form(kind: type[KaimingUniform] | type[TorchDefault] | type[GlorotNarrow]) -> None:
    weights = kind(seed=7).tensor("a", (300, 200)).flatten().double()
    assert stats.kstest(weights / kind().std((300, 200)) / math.sqrt(12) + 0.5, "uniform").pvalue > 0.001


@pytest.mark.parametrize("kind", [SignedKaimingConstant, SignedXavierConstant, SignedGlorotConstant])
def test_signed_form(kind: type[SignedKaimingConstant] | type[SignedGlorotConstant]) -> None:
    weights = kind(seed=7).tensor("a", (300, 200)).flatten()
    sigma = torch.tensor(kind().std((300, 200)), dtype=torch.float32)
    assert torch.equal(weights.abs(), sigma.expand(60_000))
    assert stats.binomtest(int((weights > 0).sum()), 60_000).pvalue > 0.001


@pytest.mark.parametrize("layer", [nn.Linear(40, 50), nn.Conv2d(8, 20, 3)])
def test_pytorchs_default_is_what_its_layers_start_from(layer: nn.Linear | nn.Conv2d) -> None:
    ours = TorchDefault().tensor("a", layer.weight.shape).flatten().double()
    theirs = layer.weight.detach().flatten().double()
    assert stats.ks_2samp(ours, theirs).pvalue > 0.0001
    assert math.isclose(ours.abs().max(), theirs.abs().max(), rel_tol=0.01)
