import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.search.prunings import job_of, network_of, perceptron, splits

from tombola.data import load
from tombola.search.methods.snip import Snip
from tombola.search.parts.probe import Probe, drawn_examples, scored_batches


@given(
    counts=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    examples=st.integers(1, 60),
    seed=st.integers(0, 2**40),
)
def test_examples_are_drawn_evenly(counts: list[int], examples: int, seed: int) -> None:
    labels = torch.cat([torch.full((count,), label) for label, count in enumerate(counts)])
    inputs = torch.arange(len(labels)).double()[:, None]
    data = load(((inputs, labels), (inputs[-1:], labels[-1:]), (inputs[-1:], labels[-1:])))
    drawn = drawn_examples(data, examples, seed)
    assert len(drawn) == min(examples, len(labels))
    assert len(set(drawn.inputs.flatten().tolist())) == len(drawn), "none twice"
    assert torch.equal(labels[drawn.inputs.flatten().long()], drawn.targets), "each with its own label"
    found = drawn.targets.bincount(minlength=len(counts)).tolist()
    level = max(found)
    # No class has fewer than another by more than one, unless that is all it has.
    assert all(got >= min(count, level - 1) for got, count in zip(found, counts, strict=True))


def test_the_default_is_ten_a_class_or_a_hundred() -> None:
    digits = load("digits")
    drawn = drawn_examples(digits, None, seed=0)
    assert drawn.targets.bincount().tolist() == [10] * 10
    inputs = torch.randn(300, 2)
    regression = load(((inputs, inputs[:, 0]), (inputs[:9], inputs[:9, 0]), (inputs[:9], inputs[:9, 0])))
    assert len(drawn_examples(regression, None, seed=0)) == 100


def test_they_depend_on_the_seed_alone() -> None:
    digits = load("digits")
    first, again, other = (drawn_examples(digits, 30, seed) for seed in (3, 3, 4))
    assert torch.equal(first.inputs, again.inputs)
    assert not torch.equal(first.inputs, other.inputs)


def test_batches_are_prepared_and_of_nearly_equal_size() -> None:
    job = job_of("digits-mlp", "digits", Snip(), batch_size=32)
    batches = scored_batches(job, 70, torch.device("cpu"))
    assert [len(targets) for _, targets in batches] == [24, 23, 23]
    assert all(inputs.dtype == torch.float32 for inputs, _ in batches)
    drawn = drawn_examples(job.data, 70, job.seeds.mask_seed)
    assert torch.equal(torch.cat([inputs for inputs, _ in batches]), job.data.preparation(drawn.inputs))


@pytest.mark.parametrize(
    ("own", "expected"),
    [(torch.bfloat16, torch.float32), (torch.float32, torch.float32), (torch.float64, torch.float64)],
)
def test_a_probe_gives_what_the_network_gives(own: torch.dtype, expected: torch.dtype) -> None:
    model = perceptron(6, 5, 3).to(own)
    network = network_of(job_of(model, splits(own), Snip(), weights="own"))
    probe = Probe.of(network)
    assert probe.weights.dtype == expected
    inputs = torch.randn(4, 6, dtype=torch.float64)
    reference = perceptron(6, 5, 3).to(own).to(expected)
    reference.load_state_dict(model.state_dict())
    assert torch.allclose(probe.outputs(inputs), reference(inputs.to(expected)), rtol=1e-5)
    probe.weights.data.zero_()
    assert bool(network.weights.any())
