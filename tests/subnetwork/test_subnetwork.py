import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
import torch
from tests.families import FAMILIES, Encoder, Lstm, Mlp, Normalised, Tied, Unused
from torch import Tensor, nn

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.subnetwork import Subnetwork, TopCounts, TopEverywhere, TopScores, prunable_layout
from tombola.weights import KaimingNormal, Own, SignedKaimingConstant

Family = Any
every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


def searched(model: nn.Module, weights: Any = None, include: tuple[str, ...] = (), density: float = 0.5) -> Subnetwork:
    """A subnetwork with random scores that keeps `density` of each layer."""
    layout = prunable_layout(model, include)
    counts = {name: max(1, round(density * size)) for name, size in layout.sized.items()}
    scores = torch.randn(layout.total, generator=torch.Generator().manual_seed(7))
    return Subnetwork(model, TopScores(layout, TopCounts.layerwise(layout, counts), scores), weights, include=include)


def masked_copy(model: nn.Module, mask: Mapping[str, Tensor]) -> nn.Module:
    """The plain way: a copy whose weights are multiplied by the mask."""
    copied = copy.deepcopy(model)
    for name, kept in mask.items():
        copied.get_parameter(name).data.mul_(kept)
    return copied


def snapshot(model: nn.Module) -> Any:
    """All that must not change in a user's model."""
    return (
        type(model),
        {name: value.clone() for name, value in model.state_dict().items()},
        [(name, id(p), p.requires_grad, p.grad) for name, p in model.named_parameters(remove_duplicate=False)],
        [
            (name, module.training, dict(module._forward_hooks), vars(module).keys())
            for name, module in model.named_modules()
        ],
    )


def _look(seen: dict[str, Tensor], path: str, module: nn.Module, _: Any) -> None:
    seen.update({f"{path}.{leaf}".lstrip("."): p.detach() for leaf, p in module.named_parameters(recurse=False)})


def assert_same(before: Any, after: Any) -> None:
    assert before[0] is after[0]
    assert before[2:] == after[2:]
    assert before[1].keys() == after[1].keys()
    assert all(torch.equal(value, after[1][name]) for name, value in before[1].items())


@every_family
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("with_gradient", [False, True], ids=["no-grad", "grad"])
def test_output_is_that_of_a_copy_with_multiplied_weights(family: Family, training: bool, with_gradient: bool) -> None:
    model = family.make().train(training)
    network, inputs = searched(model, include=family.include), family.inputs(9)
    plain = masked_copy(model, network.mask)
    with torch.set_grad_enabled(with_gradient):
        torch.manual_seed(1)
        outputs = network(inputs)
        torch.manual_seed(1)
        expected = plain(inputs)
    assert torch.equal(outputs, expected)
    assert not torch.equal(outputs, model(inputs)), "the mask must matter, or this test shows nothing"
    buffers = dict(plain.named_buffers())
    assert all(torch.equal(buffer, buffers[name]) for name, buffer in network.skeleton.named_buffers())


@every_family
def test_score_gradient_is_weight_gradient_times_weight_times_sign(family: Family) -> None:
    model = family.make()
    network, inputs = searched(model, include=family.include), family.inputs(9)
    plain = masked_copy(model, network.mask)
    direction = torch.randn(9, family.classes)
    for module in (network, plain):
        torch.manual_seed(2)
        (module(inputs) * direction).sum().backward()
    assert isinstance(network.selector, TopScores)
    scores, gradient = network.selector.scores, network.selector.scores.grad
    assert gradient is not None
    named = network.layout.named(gradient)
    for name, score in network.layout.named(scores.detach()).items():
        of_weight = plain.get_parameter(name).grad
        if of_weight is None:
            assert name == "unused.weight"
            assert not named[name].any()
            continue
        assert torch.equal(named[name], of_weight * model.get_parameter(name).detach() * score.sign())
        removed = ~network.mask[name]
        if of_weight[removed].any():  # some get none: those of an empty recurrent state, say
            assert named[name][removed].any(), "removed edges must be able to come back"


@every_family
def test_the_users_model_is_untouched(family: Family) -> None:
    model = family.make()
    first = next(model.parameters())
    first.requires_grad_(False)
    model.register_forward_hook(lambda *_: None)
    next(model.children(), model).eval()
    before = snapshot(model)
    network = searched(model, KaimingNormal(3), include=family.include).train()
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=1.0, momentum=0.9)
    for _ in range(2):
        network(family.inputs(5)).square().sum().backward()
        optimizer.step()
    copy.deepcopy(network)
    network.load_state_dict(network.state_dict())
    assert_same(before, snapshot(model))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("weights", [Own(), KaimingNormal(1)], ids=["own", "recipe"])
def test_weights_of_other_precisions(dtype: torch.dtype, weights: Any) -> None:
    model = Mlp().eval().to(dtype)
    network, inputs = searched(model, weights), torch.randn(5, 6, dtype=dtype)
    assert network.weights.dtype == dtype
    held = copy.deepcopy(model)
    for name, value in network.initial_weights().items():
        held.get_parameter(name).data.copy_(value)
    if not isinstance(weights, Own):
        for name in ("0.bias", "3.bias"):
            held.get_parameter(name).data.zero_()
        drawn = weights.tensor("0.weight", (12, 6)).to(dtype)
        assert torch.equal(network.initial_weights()["0.weight"], drawn)
    assert torch.equal(network(inputs), masked_copy(held, network.mask)(inputs))
    network(inputs).sum().backward()
    assert isinstance(network.selector, TopScores)
    assert network.selector.scores.grad is not None


def test_optimiser_steps_keep_counts_and_never_move_a_weight() -> None:
    model = Mlp()
    network = searched(model, density=0.3)
    assert isinstance(network.selector, TopScores)
    begun = {name: value.clone() for name, value in network.initial_weights().items()}
    everything = [{"params": list(network.parameters())}]
    optimizer = torch.optim.AdamW(everything, lr=0.05, weight_decay=0.5)
    counts = {name: round(0.3 * value.numel()) for name, value in begun.items()}
    masks = set()
    for _ in range(20):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(torch.randn(16, 6)), torch.randint(0, 3, (16,))).backward()
        optimizer.step()
        assert {name: int(bits.sum()) for name, bits in network.mask.items()} == counts
        assert all(torch.equal(value, begun[name]) for name, value in network.initial_weights().items())
        masked = network.masked_weights()
        assert all(not masked[name][~bits].any() for name, bits in network.mask.items())
        masks.add(network.mask.digest())
    assert len(masks) > 1
    assert [name for name, p in network.named_parameters() if p.requires_grad] == ["selector.scores"]


def test_an_untrained_network_has_zero_biases_and_fresh_normalisation() -> None:
    model = Normalised()
    for value in model.state_dict().values():
        value.fill_(3)
    network = searched(model, SignedKaimingConstant(5))
    state = network.unmasked_state()
    for name in ("conv.bias", "head.bias", "batch.bias", "group.bias", "layer.bias", "batch.running_mean"):
        assert not state[name].any(), name
    for name in ("batch.weight", "group.weight", "layer.weight", "batch.running_var"):
        assert bool((state[name] == 1).all()), name
    assert int(state["batch.num_batches_tracked"]) == 0
    expected = SignedKaimingConstant(5).tensor("conv.weight", (4, 2, 3, 3))
    assert torch.equal(network.initial_weights()["conv.weight"], expected)


def test_running_statistics_are_kept_and_saved() -> None:
    model, inputs = Normalised(), torch.randn(32, 2, 8, 8)
    network = searched(model, SignedKaimingConstant(5)).train()
    network(inputs)
    convolved = nn.functional.conv2d(inputs, network.masked_weights()["conv.weight"])
    mean = 0.1 * convolved.mean((0, 2, 3))
    variance = 0.9 + 0.1 * convolved.var((0, 2, 3))
    state = network.unmasked_state()
    assert torch.allclose(state["batch.running_mean"], mean, atol=1e-6)
    assert torch.allclose(state["batch.running_var"], variance, atol=1e-6)
    saved = network.state_dict()
    assert torch.equal(saved["skeleton.batch.running_mean"], state["batch.running_mean"])
    assert not model.state_dict()["batch.running_mean"].any(), "the user's model has its own"


def test_what_is_neither_weight_nor_bias_keeps_the_models_values() -> None:
    model = Encoder()
    network = searched(model, KaimingNormal(0))
    assert torch.equal(network.unmasked_state()["position"], model.position)
    assert "position" not in network.layout.names


def test_weights_that_are_excluded_are_drawn_whole() -> None:
    model, recipe = Mlp(), KaimingNormal(4)
    layout = prunable_layout(model, exclude=["3"])
    select = TopScores(layout, TopEverywhere(layout, 10), torch.rand(layout.total))
    network = Subnetwork(model, select, recipe, exclude=["3"])
    assert torch.equal(network.unmasked_state()["3.weight"], recipe.tensor("3.weight", (3, 12)))


def test_scaled_recipes_get_the_density_of_their_layer() -> None:
    model, recipe = Mlp(), KaimingNormal(4, scaled=True)
    whole = Mask({name: torch.ones(shape, dtype=torch.bool) for name, shape in prunable_layout(model).by_name.items()})
    network = Subnetwork(model, whole, recipe, densities={"0.weight": 0.25, "3.weight": 1.0})
    plain = KaimingNormal(4)
    assert torch.allclose(network.initial_weights()["0.weight"], 2 * plain.tensor("0.weight", (12, 6)))
    assert torch.equal(network.initial_weights()["3.weight"], plain.tensor("3.weight", (3, 12)))


def test_a_tied_weight_is_one_weight_with_one_mask() -> None:
    model = Tied()
    network = searched(model)
    assert network.layout.names == ("words.weight", "hidden.weight")
    skeleton, seen = network.skeleton, list[Tensor]()
    assert isinstance(skeleton, Tied)
    skeleton.out.register_forward_pre_hook(lambda module, _: seen.append(module.weight))
    skeleton.words.register_forward_pre_hook(lambda module, _: seen.append(module.weight))
    network(torch.randint(0, 7, (4, 5)))
    assert len(seen) == 2
    assert seen[0] is seen[1]
    assert torch.equal(seen[0] != 0, network.mask["words.weight"])
    assert skeleton.out.weight is skeleton.words.weight


def test_rows_of_padding_get_no_gradient() -> None:
    network = searched(Lstm())
    network(torch.randint(0, 2, (8, 5))).sum().backward()
    assert isinstance(network.selector, TopScores)
    assert network.selector.scores.grad is not None
    rows = network.layout.named(network.selector.scores.grad)["words.weight"]
    assert not rows[0].any()
    assert rows[1].any()
    assert not rows[2:].any()


def test_sparse_gradients_of_an_embedding_reach_the_scores() -> None:
    def gradient(sparse: bool) -> Tensor:
        torch.manual_seed(0)
        network = searched(nn.Sequential(nn.Embedding(5, 3, sparse=sparse), nn.Flatten(), nn.Linear(6, 2)))
        network(torch.tensor([[0, 1], [1, 4]])).square().sum().backward()
        assert isinstance(network.selector, TopScores)
        assert network.selector.scores.grad is not None
        return network.selector.scores.grad

    assert torch.equal(gradient(sparse=True), gradient(sparse=False))


@every_family
def test_deepcopy_before_and_after_a_backward_pass(family: Family) -> None:
    network, inputs = searched(family.make().eval(), include=family.include), family.inputs(4)
    expected = network(inputs)
    early = copy.deepcopy(network)
    network(inputs).sum().backward()
    late = copy.deepcopy(network)
    assert torch.equal(early(inputs), expected)
    assert torch.equal(late(inputs), expected)
    assert isinstance(late.selector, TopScores)
    with torch.no_grad():
        late.selector.scores.copy_(torch.randn_like(late.selector.scores))
    assert torch.equal(network(inputs), expected), "a copy shares nothing"


@every_family
def test_state_dict_round_trip_into_a_fresh_subnetwork(family: Family) -> None:
    network, inputs = searched(family.make(), include=family.include), family.inputs(8)
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=10.0)
    network.train()(inputs).square().sum().backward()
    optimizer.step()
    fresh = searched(family.make(), KaimingNormal(99), include=family.include)
    assert not torch.equal(fresh.eval()(inputs), network.eval()(inputs))
    fresh.load_state_dict(network.state_dict())
    assert torch.equal(fresh.eval()(inputs), network.eval()(inputs))
    assert fresh.mask == network.mask


@pytest.mark.parametrize("name", ["mlp", "conv", "normalised", "tied", "raw"])
def test_compiled_without_graph_breaks_it_is_the_same_function(name: str) -> None:
    family = FAMILIES[name]
    network, inputs = searched(family.make().eval(), include=family.include), family.inputs(5)
    compiled = torch.compile(network, backend="aot_eager", fullgraph=True)
    results = []
    for module in (network, compiled):
        network.zero_grad()
        outputs = module(inputs)
        outputs.square().sum().backward()
        assert isinstance(network.selector, TopScores)
        assert network.selector.scores.grad is not None
        results.append((outputs.detach(), network.selector.scores.grad.clone()))
    torch._dynamo.reset()
    assert torch.equal(results[0][0], results[1][0])
    assert torch.allclose(results[0][1], results[1][1], rtol=1e-5, atol=1e-7)


@every_family
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_autocast_is_close_and_removed_weights_stay_zero(family: Family, training: bool) -> None:
    model = family.make().train(training)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        elif isinstance(module, nn.LSTM | nn.MultiheadAttention):
            module.dropout = 0.0
    network, inputs = searched(model, include=family.include), family.inputs(9)
    exact = copy.deepcopy(network)(inputs)
    seen: dict[str, Tensor] = {}
    for path, module in network.skeleton.named_modules():
        module.register_forward_pre_hook(partial(_look, seen, path))
    with torch.autocast("cpu", torch.bfloat16):
        outputs = network(inputs)
    scale = float(exact.detach().abs().max())
    assert torch.allclose(outputs.float(), exact, rtol=0.1, atol=0.05 * scale)
    masked = {name: bits for name, bits in network.mask.items() if name in seen}
    assert masked
    assert all(not seen[name][~bits].any() for name, bits in masked.items())
    outputs.float().sum().backward()


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("mlp", torch.bfloat16),
        ("conv", torch.bfloat16),
        ("transformer", torch.bfloat16),
        ("tied", torch.float32),  # an embedding reads its weight as it is
        ("lstm", torch.float32),
        ("raw", torch.float32),
    ],
)
def test_masked_weights_are_made_in_autocasts_precision_where_every_reader_takes_it(
    name: str, dtype: torch.dtype
) -> None:
    family, seen = FAMILIES[name], dict[str, Tensor]()
    network = searched(family.make(), include=family.include)
    for path, module in network.skeleton.named_modules():
        module.register_forward_pre_hook(partial(_look, seen, path))
    with torch.autocast("cpu", torch.bfloat16):
        network(family.inputs(4))
    assert {seen[key].dtype for key in network.layout.names if key in seen} == {dtype}
    network(family.inputs(4))
    assert {seen[key].dtype for key in network.layout.names if key in seen} == {torch.float32}


def test_a_fixed_mask_of_another_model_is_refused() -> None:
    mask = Mask({"0.weight": torch.ones(12, 6, dtype=torch.bool), "9.weight": torch.ones(2, 2, dtype=torch.bool)})
    with pytest.raises(UsageError, match=r"names or shapes differ in 3\.weight, 9\.weight"):
        Subnetwork(Mlp(), mask)


def test_a_selector_of_another_model_is_refused() -> None:
    layout = prunable_layout(Unused())
    with pytest.raises(UsageError, match="selector is for another model"):
        Subnetwork(Mlp(), TopScores(layout, TopEverywhere(layout, 5), torch.rand(layout.total)))


def test_mixed_precisions_are_refused() -> None:
    model = Mlp()
    model[0].double()
    with pytest.raises(UsageError, match="one dtype and one device"):
        searched(model)


def test_a_model_that_cannot_be_copied_is_refused() -> None:
    model = Mlp()
    model[0].cache = torch.ones(3, requires_grad=True) * 2
    with pytest.raises(UsageError, match="Mlp cannot be copied"):
        searched(model)


def test_gradients_of_a_fixed_mask_reach_kept_weights_alone() -> None:
    model = Mlp().eval()
    mask = searched(model).mask
    network = Subnetwork(model, mask)
    network.weights.requires_grad_(True)
    inputs = torch.randn(5, 6)
    network(inputs).square().sum().backward()
    plain = masked_copy(model, mask)
    plain(inputs).square().sum().backward()
    assert network.weights.grad is not None
    for name, gradient in network.layout.named(network.weights.grad).items():
        of_weight = plain.get_parameter(name).grad
        assert of_weight is not None
        assert torch.equal(gradient, of_weight * mask[name])
