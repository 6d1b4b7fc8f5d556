"""What every recipe promises: the same bits for the same key, the std it names, clear refusals."""

import hashlib
import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import UsageError
from tombola.weights import RECIPES, KaimingConstant, KaimingNormal, Recipe, SignedKaimingConstant, TorchDefault, Zeros
from tombola.weights.bits import stream

KINDS = pytest.mark.parametrize("kind", RECIPES.values(), ids=list(RECIPES))
DRAWN = pytest.mark.parametrize("kind", [kind for kind in RECIPES.values() if kind not in (KaimingConstant, Zeros)])

# sha256 over the float32 bytes, little-endian. These may never change: tickets rest on them.
PINNED = {
    ("kaiming-normal", 0, "fc1.weight", (300, 784)): "52e41be746ba27e0cb88df0e11e6a97f16c589f6b69767aa3322feec12f748ad",
    ("kaiming-normal", 1, "fc1.weight", (300, 784)): "0ac410e4066dd44173063a4104d37e1725549d14f13f7a3c5c983b38957acccb",
    (
        "kaiming-normal",
        18446744073709551615,
        "a",
        (1,),
    ): "163d518db0772957dd43aebb2b5bd10c180dd322eea36c4b9540dbbdda5c7ecf",
    (
        "signed-kaiming-constant",
        0,
        "fc1.weight",
        (300, 784),
    ): "6ee58a88231efe27e96f80ccb56fcb4981e05584b2cbf6c218e3c6fbe83ffd72",
    (
        "signed-kaiming-constant",
        42,
        "conv.weight",
        (64, 3, 3, 3),
    ): "568c7648a7dddd7245d11cb497a4b5e575249669fada1ab0085657915ed1c776",
    (
        "kaiming-uniform",
        0,
        "conv.weight",
        (64, 3, 3, 3),
    ): "7671d495936a542741470a0af68bab1f4383d1c3c0130b94d5519a9d9d998637",
    (
        "xavier-normal",
        0,
        "conv.weight",
        (64, 3, 3, 3),
    ): "975490ea8c928521a270039acc96b2c66c90b798dbeb8f51dc359e4b2fcf9a8a",
    (
        "signed-xavier-constant",
        0,
        "conv.weight",
        (64, 3, 3, 3),
    ): "d6cde4667521c53951a429b4f4c0e0420ca126e15c029f5a69d5a91a0057535a",
    (
        "glorot-normal",
        7,
        "décodeur.poids",
        (33, 65),
    ): "74223b28571c2af3e95368e1329ef041dccbe438bc95a08a1860d95c387e4943",
    (
        "signed-glorot-constant",
        7,
        "fc.weight",
        (129, 127),
    ): "b0426838dc00e2f7449d42435369e5104d7bd7ba01c6d461de5b5b73e343d581",
    ("glorot-narrow", 7, "fc.weight", (129, 127)): "116f2460e65948b74239a03fee6873f3d5d57f0cc24f0f40000924151a55a64c",
    ("torch-default", 7, "fc.weight", (129, 127)): "29d59447e57a6515068be28c5f0763b2d828eb923e98570d58072618afb54af4",
}


def digest(weights: torch.Tensor) -> str:
    return hashlib.sha256(weights.numpy().astype("<f4").tobytes()).hexdigest()


@pytest.mark.parametrize(("key", "expected"), PINNED.items(), ids=lambda value: str(value)[:60])
def test_pinned_bits(key: tuple[str, int, str, tuple[int, ...]], expected: str) -> None:
    name, seed, parameter, shape = key
    assert digest(RECIPES[name](seed=seed).tensor(parameter, shape)) == expected


@KINDS
def test_the_order_of_visits_does_not_matter(kind: type[Recipe]) -> None:
    layers = {"a": (7, 5), "b": (5, 7), "c": (35,), "d": (7, 5)}
    forward = {name: kind(seed=1).tensor(name, layers[name]) for name in layers}
    backward = {name: kind(seed=1).tensor(name, layers[name]) for name in reversed(layers)}
    assert all(torch.equal(forward[name], backward[name]) for name in layers)


@DRAWN
def test_name_shape_and_seed_each_matter(kind: type[Recipe]) -> None:
    first = kind(seed=1).tensor("a", (64, 4)).flatten()
    others = [kind(seed=2).tensor("a", (64, 4)), kind(seed=1).tensor("b", (64, 4)), kind(seed=1).tensor("a", (4, 64))]
    assert not any(torch.equal(first.sign(), other.flatten().sign()) for other in others)


@KINDS
def test_threads_and_the_global_generators_do_not_matter(kind: type[Recipe]) -> None:
    before = kind(seed=1).tensor("a", (300, 300))
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        torch.manual_seed(5)
        state = torch.get_rng_state()
        assert torch.equal(kind(seed=1).tensor("a", (300, 300)), before)
        assert torch.equal(torch.get_rng_state(), state)
    finally:
        torch.set_num_threads(threads)


@DRAWN
@pytest.mark.parametrize("scaled", [False, True])
def test_moments(kind: type[Recipe], scaled: bool) -> None:
    made = kind(seed=0, scaled=scaled)
    shape, density = (200, 50, 3, 3), 0.3
    weights = made.tensor("conv.weight", shape, density).double()
    std = made.std(shape, density)
    n = weights.numel()
    # Five standard errors; the error of a mean square is at most √(2/n), the normal distribution's.
    assert abs(weights.mean()) < 5 * std / math.sqrt(n)
    assert abs(weights.square().mean() / std**2 - 1) < 5 * math.sqrt(2 / n) + 1e-6


@KINDS
@given(density=st.floats(0.001, 1.0))
def test_scaled_multiplies_the_std(kind: type[Recipe], density: float) -> None:
    plain, scaled = kind().std((6, 4), density), kind(scaled=True).std((6, 4), density)
    assert math.isclose(scaled, plain / math.sqrt(density), rel_tol=1e-14)


@KINDS
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_types_are_the_float32_draw_converted(kind: type[Recipe], dtype: torch.dtype) -> None:
    drawn = kind().tensor("a", (9, 4))
    assert drawn.dtype is torch.float32
    assert drawn.is_contiguous()
    assert torch.equal(kind().tensor("a", (9, 4), dtype=dtype), drawn.to(dtype))


@KINDS
def test_draws_own_their_memory(kind: type[Recipe]) -> None:
    before = kind().tensor("a", (9, 4)).add_(1)
    assert torch.equal(kind().tensor("a", (9, 4)) + 1, before)


def test_signs_are_the_coins_of_the_stream() -> None:
    word = int(stream(4, "a", (8, 8)).random_raw())
    weights = SignedKaimingConstant(seed=4).tensor("a", (8, 8)).flatten().tolist()
    sigma = math.sqrt(2 / 8)
    assert weights == [-sigma if word >> i & 1 else sigma for i in range(64)]


def test_uniform_stays_inside_its_bounds() -> None:
    weights = TorchDefault().tensor("a", (1000, 100))
    assert weights.abs().max() <= 0.1
    assert weights.abs().max() > 0.0999


BAD: list[tuple[type[Recipe], dict[str, Any]]] = [
    (KaimingNormal, {"seed": -1}),
    (KaimingNormal, {"seed": 2**64}),
    (KaimingNormal, {"seed": True}),
    (KaimingNormal, {"seed": 1.5}),
    (KaimingNormal, {"scaled": 1}),
    (KaimingNormal, {"fan": "fan"}),
    (KaimingNormal, {"fan": ["fan_in"]}),
    (TorchDefault, {"seed": None}),
]


@pytest.mark.parametrize(("kind", "arguments"), BAD)
def test_bad_arguments_are_refused(kind: type[Recipe], arguments: dict[str, Any]) -> None:
    [name] = arguments
    with pytest.raises(UsageError, match=name):
        kind(**arguments)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (-1, 2)])
def test_empty_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="shape"):
        KaimingNormal().tensor("a", shape)


def test_a_density_or_type_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"did you mean 0\.3"):
        KaimingNormal(scaled=True).tensor("a", (2, 2), density=30)
    with pytest.raises(UsageError, match="floating-point"):
        KaimingNormal().tensor("a", (2, 2), dtype=torch.int32)


def test_zeros_are_zero_however_scaled() -> None:
    for shape in ((4, 3), (5,), (2, 3, 5, 5)):
        assert torch.equal(Zeros(scaled=True).tensor("a", shape, 0.1), torch.zeros(shape))
