import math
from typing import Any

import pytest
import torch

import tombola as tb
from tombola.errors import UsageError
from tombola.masks import allocate
from tombola.search import METHODS, EdgePopup, method_named
from tombola.search.methods.edge_popup import initial_scores
from tombola.subnetwork import Layout
from tombola.weights import TorchDefault

LAYOUT = Layout(("conv.weight", "fc1.weight", "fc2.weight"), ((8, 4, 3, 3), (30, 72), (10, 30)))


def kept(method: EdgePopup, layout: Layout = LAYOUT) -> dict[str, int]:
    mask = layout.named(method.choice(layout)(torch.rand(layout.total)))
    return {name: int(bits.sum()) for name, bits in mask.items()}


@pytest.mark.parametrize("density", [1e-6, 0.05, 0.3, 0.5, 1.0])
def test_each_layer_keeps_its_share(density: float) -> None:
    expected = {name: max(1, round(density * size)) for name, size in LAYOUT.sized.items()}
    assert kept(EdgePopup(density=density)) == expected
    asked = EdgePopup(density=density).densities(LAYOUT)
    assert asked == {name: expected[name] / size for name, size in LAYOUT.sized.items()}


@pytest.mark.parametrize("density", [0.001, 0.3, 1.0])
def test_a_global_choice_keeps_an_exact_total(density: float) -> None:
    method = EdgePopup(density=density, scope="global")
    assert sum(kept(method).values()) == max(1, round(density * LAYOUT.total))
    assert method.densities(LAYOUT) == dict.fromkeys(LAYOUT.names, density)
    magnitudes = torch.rand(LAYOUT.total)
    chosen = method.choice(LAYOUT)(magnitudes)
    fan_in = torch.cat(
        [torch.full((size,), size // shape[0]) for size, shape in zip(LAYOUT.sizes, LAYOUT.shapes, strict=True)]
    )
    ranked = magnitudes * fan_in.sqrt()
    assert density == 1.0 or ranked[chosen].min() >= ranked[~chosen].max()


def test_patterns_give_layers_a_density_of_their_own() -> None:
    method = EdgePopup(density=0.5, layer_density={"fc*": 0.1, "fc2": 1.0})
    assert kept(method) == {"conv.weight": 144, "fc1.weight": 216, "fc2.weight": 300}
    assert method.densities(LAYOUT)["fc2.weight"] == 1.0


def test_a_pattern_that_matches_nothing() -> None:
    with pytest.raises(UsageError, match=r"'fc9' matches no prunable weight; they are conv\.weight, fc1\.weight, fc2"):
        EdgePopup(layer_density={"fc9": 0.5}).choice(LAYOUT)


def test_erk_gives_more_to_small_layers_and_keeps_the_total() -> None:
    method = EdgePopup(density=0.2, allocation="erk")
    counts = kept(method)
    assert counts == allocate("erk", LAYOUT.by_name, 0.2)
    assert sum(counts.values()) == round(0.2 * LAYOUT.total)
    shares = {name: counts[name] / size for name, size in LAYOUT.sized.items()}
    raw = {name: sum(shape) / math.prod(shape) for name, shape in LAYOUT.by_name.items()}
    assert sorted(shares, key=shares.__getitem__) == sorted(raw, key=raw.__getitem__)


@pytest.mark.parametrize(("pattern", "density"), [("2:4", 0.5), ("1:4", 0.25), ("1:2", 0.5), ("3:3", 1.0)])
def test_n_of_m_is_exact_in_every_group(pattern: str, density: float) -> None:
    keep, group = map(int, pattern.split(":"))
    layout = Layout(("conv", "fc"), ((5, 12, 3, 3), (7, 24)))
    method = EdgePopup(n_of_m=pattern, density=density)
    mask = layout.named(method.choice(layout)(torch.rand(layout.total)))
    for bits in mask.values():
        assert bool((bits.movedim(1, -1).reshape(-1, group).sum(1) == keep).all())
    assert method.densities(layout) == {"conv": density, "fc": density}


def test_n_of_m_names_the_layers_that_it_does_not_divide() -> None:
    layout = Layout(("a", "b", "c", "d"), ((4, 8), (4, 6), (4, 2, 3, 3), (4,)))
    with pytest.raises(UsageError, match="n_of_m=2:4: the input dimension of b, c, d is no multiple of 4"):
        EdgePopup(n_of_m="2:4").choice(layout)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"density": 0}, "density=0: expected 0 < density <= 1"),
        ({"density": 30}, r"density=30: expected 0 < density <= 1; did you mean 0\.3"),
        ({"density": -1}, "density=-1: expected 0 < density <= 1"),
        ({"density": float("nan")}, "density=nan: expected 0 < density <= 1"),
        ({"density": "0.5"}, r"density='0\.5': expected a number, 0 < density <= 1, and got text"),
        ({"layer_density": 0.5}, r"layer_density=0\.5: expected patterns of layers and their densities"),
        ({"layer_density": {"fc": 2}}, r"layer_density of 'fc'=2: expected 0 < density <= 1"),
        ({"scope": "globe"}, "unknown scope 'globe': did you mean 'global'"),
        ({"allocation": "ekr"}, "unknown allocation 'ekr': did you mean 'erk'"),
        ({"scope": "global", "allocation": "erk"}, "expected no layer_density and no allocation"),
        ({"scope": "global", "layer_density": {"fc": 0.5}}, "expected no layer_density and no allocation"),
        ({"n_of_m": "4:2"}, "n_of_m='4:2': expected N:M with 1 <= N <= M, such as 2:4"),
        ({"n_of_m": "0:4"}, "n_of_m='0:4': expected N:M"),
        ({"n_of_m": "half"}, "n_of_m='half': expected N:M"),
        ({"n_of_m": 24}, "n_of_m=24: expected N:M"),
        ({"n_of_m": ""}, "n_of_m='': expected N:M"),
        ({"n_of_m": "2:4", "density": 0.4}, r"n_of_m=2:4 keeps 0\.5 of the weights: expected that as density"),
        ({"n_of_m": "2:4", "scope": "global"}, "expected scope=layerwise, no other budget"),
        ({"n_of_m": "2:4", "layer_density": {"fc": 0.5}}, "expected scope=layerwise, no other budget"),
        ({"n_of_m": "2:4", "allocation": "erk"}, "expected scope=layerwise, no other budget"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        EdgePopup(**settings)


def test_scores_start_uniform_in_one_over_the_root_of_the_fan() -> None:
    layout = Layout(("conv", "fc"), ((64, 16, 3, 3), (100, 400)))
    scores = layout.named(initial_scores(layout, 0))
    for name, fan_in in (("conv", 144), ("fc", 400)):
        bound = 1 / math.sqrt(fan_in)  # Kaiming uniform with a = sqrt 5: sqrt(2 / (1 + 5)) * sqrt(3 / fan_in)
        values = scores[name].double()
        assert float(values.abs().max()) <= bound
        assert float(values.abs().max()) > 0.999 * bound
        assert abs(float(values.mean())) < 4 * bound / math.sqrt(3 * values.numel())
        assert float(values.std()) == pytest.approx(bound / math.sqrt(3), rel=0.02)


def test_scores_depend_on_the_mask_seed_alone_and_never_equal_weights() -> None:
    layout = Layout(("fc",), ((20, 20),))
    assert torch.equal(initial_scores(layout, 3), initial_scores(layout, 3))
    assert not torch.equal(initial_scores(layout, 3), initial_scores(layout, 4))
    assert not torch.equal(initial_scores(layout, 3).view(20, 20), TorchDefault(seed=3).tensor("fc", (20, 20)))


def test_defaults_are_the_papers() -> None:
    assert EdgePopup.defaults == tb.Training()
    assert EdgePopup().to_spec() == {
        "name": "edge-popup",
        "density": 0.5,
        "layer_density": {},
        "scope": "layerwise",
        "allocation": "uniform",
        "n_of_m": None,
    }


def test_methods_by_name() -> None:
    assert METHODS["edge-popup"] is EdgePopup
    assert method_named("edge-popup", density=0.2) == EdgePopup(density=0.2)
    with pytest.raises(UsageError, match="unknown method 'edge-pop': did you mean 'edge-popup'"):
        method_named("edge-pop")
