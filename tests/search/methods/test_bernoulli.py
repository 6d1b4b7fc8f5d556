import statistics
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.search.prunings import job_of, perceptron, splits
from torch import Tensor, nn

import tombola as tb
from tombola.errors import CollapsedError, UsageError
from tombola.search import Workspace
from tombola.search.collapse import CollapseCheck
from tombola.search.methods.bernoulli import Bernoulli
from tombola.search.parts.draws import uniform_draws
from tombola.search.parts.sampled_mask import SampledMask
from tombola.subnetwork import Layout, Subnetwork, prunable_layout
from tombola.training import derive
from tombola.weights import SignedGlorotConstant

LAYOUT = Layout(("a", "b"), ((30, 20), (40,)))


def select(
    logits: Tensor | float = 0.0, *, rescale: bool = False, seed: int = 3, layout: Layout = LAYOUT
) -> SampledMask:
    made = SampledMask(layout, seed, rescale)
    with torch.no_grad():
        made.logits.copy_(torch.as_tensor(logits))
    return made


def sampled(made: SampledMask, weights: Tensor) -> Tensor:
    return torch.cat([part.flatten() for part in made(weights, weights.dtype)])


def data(classes: int = 3) -> Any:
    return tuple((inputs.float(), labels) for inputs, labels in splits(classes=classes))


def test_every_step_has_a_sample_of_its_own() -> None:
    made, weights = select(), torch.rand(LAYOUT.total) + 0.5
    first, second = sampled(made, weights), sampled(made, weights)
    assert not torch.equal(first, second)
    for sample in (first, second):
        kept = sample != 0
        assert torch.equal(sample[kept], weights[kept])
        assert 0 < int(kept.sum()) < LAYOUT.total


@pytest.mark.parametrize("logit", [-30.0, -2.0, 0.0, 0.7, 30.0])
def test_a_weight_is_kept_as_often_as_its_probability_says(logit: float) -> None:
    layout, chance = Layout(("w",), ((500, 400),)), torch.tensor(logit).sigmoid().item()
    kept = sampled(select(logit, layout=layout), torch.ones(layout.total)).mean().item()
    assert abs(kept - chance) <= 5 * (chance * (1 - chance) / layout.total) ** 0.5 + 1e-9


def test_samples_depend_on_seed_and_step_alone() -> None:
    weights, made = torch.ones(LAYOUT.total), select()
    sequence = [sampled(made, weights) for _ in range(4)]
    torch.manual_seed(99)
    again = select()
    torch.rand(5)
    assert torch.equal(sampled(again, weights), sequence[0])
    resumed = select()
    resumed.load_state_dict({"logits": made.logits.detach(), "steps": torch.tensor(2)})
    assert torch.equal(sampled(resumed, weights), sequence[2])
    assert not torch.equal(sampled(select(seed=4), weights), sequence[0])


@pytest.mark.parametrize("rescale", [False, True])
def test_the_gradient_is_that_of_the_authors_expression(rescale: bool) -> None:
    torch.manual_seed(0)
    logits, weights = torch.randn(LAYOUT.total), torch.randn(LAYOUT.total, dtype=torch.float64)
    upstream = torch.randn(LAYOUT.total, dtype=torch.float64)
    made = select(logits, rescale=rescale)
    (sampled(made, weights) * upstream).sum().backward()
    bits = select(logits)
    keep = (sampled(bits, torch.ones(LAYOUT.total)) != 0).double()  # the same seed and step, so the same sample

    reference = logits.double().requires_grad_()
    through = keep + reference.sigmoid() - reference.sigmoid().detach()
    total = torch.zeros((), dtype=torch.float64)
    for part, weight, out in zip(*map(LAYOUT.segments, (through, weights, upstream)), strict=True):
        factor = len(part) / part.sum() if rescale else 1.0
        total = total + (factor * weight * part * out).sum()
    total.backward()
    assert made.logits.grad is not None
    assert reference.grad is not None
    assert torch.allclose(made.logits.grad.double(), reference.grad, rtol=1e-4, atol=1e-6)
    assert bool(made.logits.grad[keep == 0].any()), "weights that the sample left out learn too"


def test_evaluation_uses_the_most_likely_mask() -> None:
    logits = torch.tensor([0.0, -1e-12, 1e-12, -3.0, 5.0, -0.0])
    layout = Layout(("w",), ((6,),))
    made = select(logits, layout=layout).eval()
    weights = torch.arange(1.0, 7.0)
    assert made.flat_mask().tolist() == [True, False, True, False, True, True]
    assert [sampled(made, weights).tolist() for _ in range(2)] == [[1.0, 0.0, 3.0, 0.0, 5.0, 6.0]] * 2
    assert int(made.steps) == 0
    with made.showing(~made.flat_mask()):
        assert sampled(made, weights).tolist() == [0.0, 2.0, 0.0, 4.0, 0.0, 0.0]
    assert sampled(made, weights).tolist() == [1.0, 0.0, 3.0, 0.0, 5.0, 6.0]


def test_rescaling_counts_the_ones_of_the_mask_in_use() -> None:
    layout = Layout(("a", "b", "none"), ((4,), (3,), (2,)))
    made = select(torch.tensor([1.0, -1, -1, -1, 1, 1, -1, -1, -1]), rescale=True, layout=layout)
    weights = torch.ones(9)
    assert sampled(made.eval(), weights).tolist() == [4, 0, 0, 0, 1.5, 1.5, 0, 0, 0]
    assert made.rescaled(weights).tolist() == [4, 4, 4, 4, 1.5, 1.5, 1.5, 2, 2]
    assert weights.tolist() == [1.0] * 9, "the weights themselves stay"
    sample = sampled(made.train(), weights)
    for part in layout.segments(sample):
        ones = int((part != 0).sum())
        assert torch.allclose(part[part != 0], torch.full((ones,), len(part) / max(1, ones)))


def test_a_rescaled_ticket_holds_the_rescaled_weights() -> None:
    run = tb.run(perceptron(6, 20, 3), data(), method=Bernoulli(rescale=True), epochs=3, batch_size=15, precision="32")
    built = run.ticket.build(perceptron(6, 20, 3))
    for name, kept in run.ticket.mask.items():
        size = SignedGlorotConstant().std(kept.shape) * kept.numel() / int(kept.sum())
        expected = torch.full((int(kept.sum()),), size)
        assert torch.allclose(built.get_parameter(name)[kept].abs(), expected, rtol=1e-6)
    assert not run.result["audit"]["equal"]
    figures = run.result["figures"]
    assert run.result["test_accuracy"] == figures["test_accuracy_most_likely_mask"]


def test_without_rescaling_no_weight_moves() -> None:
    run = tb.run(perceptron(6, 20, 3), data(), method=Bernoulli(), epochs=2, batch_size=15, precision="32")
    assert run.result["audit"]["equal"]
    assert isinstance(run.ticket.weights, SignedGlorotConstant)
    assert run.ticket.densities == run.ticket.mask.densities


def test_a_scaled_recipe_is_scaled_for_the_density_that_the_search_begins_with() -> None:
    weights = SignedGlorotConstant(scaled=True)
    run = tb.run(perceptron(6, 20, 3), data(), method=Bernoulli(), weights=weights, epochs=1, precision="32")
    assert run.result["audit"]["equal"]
    drawn = run.ticket.initial_weights()["0.weight"].abs()
    assert torch.allclose(drawn, torch.full_like(drawn, (4 / 26) ** 0.5))


@pytest.mark.parametrize("rescale", [False, True])
def test_both_figures_are_those_of_the_masks_they_name(rescale: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[Subnetwork] = []
    real = Workspace.subnetwork

    def subnetwork(*given: Any) -> Subnetwork:
        caught.append(real(*given))
        return caught[-1]

    monkeypatch.setattr(Workspace, "subnetwork", subnetwork)
    method = Bernoulli(rescale=rescale, draws=4)
    run = tb.run(perceptron(6, 20, 3), data(), method=method, epochs=2, lr=20.0, batch_size=15, precision="32", seed=5)
    (network,), (inputs, labels) = caught, data()[2]
    assert isinstance(network.selector, SampledMask)
    chances = network.selector.logits.detach().sigmoid()

    def accuracy(mask: Tensor) -> float:
        weights = []
        for part, bits in zip(*map(network.layout.segments, (network.weights.detach(), mask)), strict=True):
            weights.append(part * bits * (len(bits) / bits.sum() if rescale else 1.0))
        first, second = network.layout.views(torch.cat(weights))
        with torch.no_grad():
            outputs = torch.tanh(inputs @ first.T) @ second.T
        return float((outputs.argmax(1) == labels).double().mean())

    draws = [
        accuracy(uniform_draws(network.layout, derive(5, "bernoulli", "draw", index)) < chances) for index in range(4)
    ]
    figures = run.result["figures"]
    assert figures["test_accuracy_mean_over_draws"] == pytest.approx(statistics.fmean(draws))
    assert figures["test_accuracy_std_over_draws"] == pytest.approx(statistics.stdev(draws))
    assert len(set(draws)) > 1
    assert figures["test_accuracy_most_likely_mask"] == pytest.approx(accuracy(chances >= 0.5))
    assert figures["draws"] == 4
    assert figures["density_most_likely_mask"] == run.result["density"]
    assert figures["density_expected_of_draws"] == pytest.approx(float(chances.mean()))


def test_the_last_epoch_is_taken_and_the_held_out_figures_are_those_of_a_split_of_its_own() -> None:
    method = Bernoulli(draws=3)
    run = tb.run(perceptron(6, 20, 3), data(), method=method, epochs=4, lr=20.0, batch_size=15, precision="32", seed=5)
    assert run.result["chosen_epoch"] == 4
    figures = run.result["figures"]
    assert figures["validation_accuracy_most_likely_mask"] == run.result["validation_accuracy"]
    parts = {key.split("_")[0] for key in figures if key.endswith("_loss_mean_over_draws")}
    assert parts == {"validation", "test"}
    assert figures["validation_loss_mean_over_draws"] != figures["test_loss_mean_over_draws"]


def test_one_draw_has_no_deviation() -> None:
    run = tb.run(perceptron(6, 8, 3), data(), method=Bernoulli(draws=1), epochs=1, precision="32")
    assert run.result["figures"]["test_accuracy_std_over_draws"] == 0.0


def test_it_learns() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 200), nn.ReLU(), nn.Linear(200, 3))
    run = tb.run(model, data(), method=Bernoulli(), epochs=60, batch_size=30, lr=50.0, precision="32")
    (_, random) = [row["test_accuracy"] for row in run.result["comparison"] if row["name"] != "learned supermask"]
    assert run.result["figures"]["test_accuracy_mean_over_draws"] >= 0.8
    assert random <= 0.7


def test_a_layer_that_keeps_nothing_is_a_collapse() -> None:
    job = job_of(perceptron(6, 5, 4, 3), data(), Bernoulli())
    model = job.model.make()
    made = SampledMask(prunable_layout(model), 0, rescale=False)
    check = CollapseCheck(Subnetwork(model, made, job.weights), job)
    check()
    with torch.no_grad():
        made.layout.named(made.logits)["2.weight"].fill_(-1.0)
    with pytest.raises(CollapsedError, match=r"nothing is left of 2\.weight \(0 of 20 kept\)"):
        check()


def test_weights_that_nothing_reads_keep_their_even_chance() -> None:
    class Unused(nn.Sequential):
        def __init__(self) -> None:
            super().__init__(nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 3))

        def forward(self, x: Tensor) -> Tensor:
            return self[2](torch.relu(self[0](x)))  # type: ignore[no-any-return]

    for rescale in (False, True):
        ticket = tb.find(Unused(), data(), method=Bernoulli(rescale=rescale), epochs=2, precision="32")
        assert ticket.mask.kept("1.weight") == 64
        assert ticket.mask.kept("0.weight") < 48


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"draws": 0}, "draws=0: expected a whole number, 1 or more"),
        ({"draws": True}, "draws=True: expected a whole number"),
        ({"draws": "10"}, "draws='10': expected a whole number"),
        ({"rescale": 1}, "rescale=1: expected true or false"),
        ({"rescale": "yes"}, "rescale='yes': expected true or false"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Bernoulli(**settings)


def test_the_spec_and_the_defaults() -> None:
    assert Bernoulli(rescale=True).to_spec() == {"name": "bernoulli", "rescale": True, "draws": 10}
    defaults = Bernoulli.defaults
    assert (defaults.batch_size, defaults.momentum, defaults.weight_decay) == (250, 0.9, 0.0)
    assert (defaults.schedule, defaults.augment) == ("constant", "off")


def test_the_same_search_gives_the_same_file(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"method": Bernoulli(), "epochs": 1, "batch_size": 15, "precision": "32"}
    files = [tb.find(perceptron(6, 9, 3), data(), **settings, seed=seed) for seed in (0, 0)]
    assert files[0].save(tmp_path / "a").read_bytes() == files[1].save(tmp_path / "b").read_bytes()
    other = tb.find(perceptron(6, 9, 3), data(), **settings, seed=tb.Seeds(mask_seed=1))
    assert other.mask != files[0].mask, "samples are of the mask seed"
