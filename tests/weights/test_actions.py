import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tombola.errors import UsageError
from tombola.weights import GlorotNormal, KaimingNormal, Own, Weights
from tombola.weights.actions import MASK_0_ACTIONS, MASK_1_ACTIONS, Layer, kept_weights_after

SHAPE = (60, 50)
RECIPE = GlorotNormal(seed=3)


def layer(weights: Weights = RECIPE, seed: int = 5, initial: Tensor | None = None, density: float = 1.0) -> Layer:
    drawn = RECIPE.tensor("fc", SHAPE, density) if initial is None else initial
    kept = torch.rand(SHAPE, generator=torch.Generator().manual_seed(0)) < 0.4
    return Layer("fc", drawn, kept, weights, density, seed)


def kept_after(action: str, given: Layer) -> Tensor:
    return kept_weights_after(action, given)[given.kept]


def test_there_are_ten() -> None:
    assert len(MASK_1_ACTIONS) == 10
    assert "signed-rewind" not in MASK_1_ACTIONS


@pytest.mark.parametrize("action", MASK_1_ACTIONS)
def test_only_kept_weights_change_and_only_as_the_seed_says(action: str) -> None:
    given = layer()
    before = given.initial.clone()
    after = kept_weights_after(action, given)
    assert torch.equal(after[~given.kept], before[~given.kept])
    assert torch.equal(given.initial, before)
    assert torch.equal(after, kept_weights_after(action, layer()))
    assert (after.dtype, after.shape) == (before.dtype, before.shape)
    changed = int((after != before)[given.kept].sum())
    assert changed == 0 if action == "rewind" else changed > 0.4 * int(given.kept.sum())
    is_drawn = action not in ("rewind", "signed-constant")
    assert torch.equal(after, kept_weights_after(action, layer(seed=6))) != is_drawn


@pytest.mark.parametrize("action", [name for name in MASK_1_ACTIONS if name.startswith("signed-")])
def test_signed_actions_keep_every_sign(action: str) -> None:
    given = layer()
    assert torch.equal(kept_after(action, given).sign(), given.initial[given.kept].sign())


@pytest.mark.parametrize("action", [*(f"random-signed-{of}" for of in ("reinit", "reshuffle", "constant")), "constant"])
def test_random_signs_are_fair_and_tell_nothing_of_the_first(action: str) -> None:
    given = layer()
    signs, first = kept_after(action, given).sign(), given.initial[given.kept].sign()
    bound = 4 / math.sqrt(signs.numel())
    assert abs(float(signs.mean())) < bound
    assert abs(float((signs * first).mean())) < bound


def test_reshuffle_is_a_permutation_of_the_kept_values() -> None:
    given = layer()
    first = given.initial[given.kept]
    after = kept_after("reshuffle", given)
    assert torch.equal(after.sort().values, first.sort().values)
    for action in ("signed-reshuffle", "random-signed-reshuffle"):
        magnitudes = kept_after(action, given).abs()
        assert torch.equal(magnitudes, after.abs()), "one order for all three"
    correlation = torch.corrcoef(torch.stack([first, after]))[0, 1]
    assert abs(float(correlation)) < 4 / math.sqrt(first.numel())


def test_reinit_is_another_draw_of_the_same_recipe() -> None:
    given = layer()
    after = kept_after("reinit", given)
    assert torch.equal(after, GlorotNormal(seed=5).tensor("fc", SHAPE)[given.kept])
    assert not torch.isin(after, given.initial).any(), "a draw, not a permutation"
    assert float(after.std()) == pytest.approx(RECIPE.std(SHAPE), rel=0.1)
    assert torch.equal(kept_after("signed-reinit", given).abs(), after.abs())
    assert torch.equal(kept_after("random-signed-reinit", given).abs(), after.abs())


@pytest.mark.parametrize("action", ["constant", "signed-constant", "random-signed-constant"])
def test_a_constant_is_the_deviation_of_the_layers_recipe(action: str) -> None:
    expected = torch.tensor(math.sqrt(2 / 110))
    assert set(kept_after(action, layer()).abs().tolist()) == {float(expected)}


def test_a_constant_without_a_recipe_is_the_deviation_of_the_values() -> None:
    initial = torch.tensor([[1.0, -1.0], [3.0, -3.0]])
    given = Layer("fc", initial, torch.ones(2, 2, dtype=torch.bool), Own(), 1.0, 0)
    assert kept_weights_after("signed-constant", given).tolist() == (initial.sign() * math.sqrt(5)).tolist()


def test_constant_and_random_signed_constant_are_one() -> None:
    assert torch.equal(kept_after("constant", layer()), kept_after("random-signed-constant", layer()))


@pytest.mark.parametrize("action", MASK_1_ACTIONS)
def test_a_recipe_that_is_scaled_scales_whatever_is_drawn(action: str) -> None:
    scaled = GlorotNormal(seed=3, scaled=True)
    initial = scaled.tensor("fc", SHAPE, 0.25)
    after = kept_after(action, layer(scaled, initial=initial, density=0.25))
    plain = kept_after(action, layer())
    assert torch.allclose(after, 2 * plain, rtol=1e-6)


@pytest.mark.parametrize("action", MASK_1_ACTIONS)
def test_float64_stays(action: str) -> None:
    given = layer(initial=RECIPE.tensor("fc", SHAPE, dtype=torch.float64))
    assert kept_after(action, given).dtype == torch.float64


def test_a_weight_that_begins_at_zero_has_no_sign() -> None:
    given = layer(initial=torch.zeros(SHAPE))
    assert not kept_after("signed-reinit", given).any()
    assert kept_after("random-signed-reinit", given).all()


@pytest.mark.parametrize("action", ["reinit", "signed-reinit", "random-signed-reinit"])
def test_a_fresh_draw_needs_a_recipe(action: str) -> None:
    with pytest.raises(UsageError, match="weights=own have no recipe to draw from: expected weights of a recipe, or"):
        kept_weights_after(action, layer(Own()))


def test_an_unknown_action_offers_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown mask_1_action 'rewound': did you mean 'rewind'"):
        kept_weights_after("rewound", layer())


@pytest.mark.parametrize("shape", [(7,), (4, 3, 3, 3), (5, 6)])
@pytest.mark.parametrize("action", MASK_1_ACTIONS)
def test_any_shape(action: str, shape: tuple[int, ...]) -> None:
    recipe = KaimingNormal()
    given = Layer("w", recipe.tensor("w", shape), torch.ones(shape, dtype=torch.bool), recipe, 1.0, 1)
    assert kept_weights_after(action, given).shape == shape


@pytest.mark.parametrize(
    ("action", "frozen"),
    [("zero", [0, 0, 0, 0]), ("freeze", [1, 1, 1, 1]), ("freeze-unless-fallen", [1, 0, 1, 1])],
)
def test_what_is_frozen(action: str, frozen: list[Any]) -> None:
    initial, final = torch.tensor([0.5, -0.5, 0.5, 0.0]), torch.tensor([-0.6, -0.4, 0.5, 0.0])
    assert MASK_0_ACTIONS[action](initial, final).tolist() == list(map(bool, frozen))
