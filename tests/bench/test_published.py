"""The baseline does the published algorithm, so that being faster than it means something."""

import pytest
import torch
from torch import nn

from tombola.bench.published import published_network
from tombola.bench.steps import run_steps
from tombola.weights import SignedKaimingConstant


def test_each_layer_keeps_its_top_scores() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.Flatten(), nn.Linear(64, 5, bias=False))
    network = published_network(model, SignedKaimingConstant(seed=3), density=0.25)
    inputs = torch.randn(2, 1, 4, 4)
    expected = inputs
    for index, layer in enumerate(model):
        if isinstance(layer, nn.Flatten):
            expected = expected.flatten(1)
            continue
        scores = network[index].scores.detach().abs()  # type: ignore[index]
        threshold = scores.flatten().sort(descending=True).values[scores.numel() // 4 - 1]
        weight = SignedKaimingConstant(seed=3).tensor(f"{index}.weight", tuple(scores.shape)) * (scores >= threshold)
        is_conv = isinstance(layer, nn.Conv2d)
        expected = nn.functional.conv2d(expected, weight, padding=1) if is_conv else expected @ weight.T
    assert torch.equal(network(inputs), expected)


def test_gradient_reaches_removed_scores_alone_through_the_weight() -> None:
    network = published_network(nn.Sequential(nn.Linear(3, 1, bias=False)), SignedKaimingConstant(), density=1 / 3)
    network(torch.tensor([[1.0, 2.0, 3.0]])).sum().backward()
    layer = network[0]  # type: ignore[index]
    expected = torch.tensor([[1.0, 2.0, 3.0]]) * layer.weight * layer.scores.sign()
    assert torch.equal(layer.scores.grad, expected)


def test_rows_have_what_others_rely_on() -> None:
    rows = run_steps(["digits-mlp"], precision="32", batch_size=8, rounds=1, seconds=0.01)
    assert [row["method"] for row in rows] == ["dense", "pruned", "edge-popup", "edge-popup by sorting"]
    assert all({"model", "precision", "step_ms", "ratio_to_dense", "speedup_over_sort"} <= row.keys() for row in rows)
    dense, _, ours, by_sorting = rows
    assert dense["ratio_to_dense"] == 1.0
    assert ours["speedup_over_sort"] == pytest.approx(by_sorting["step_ms"] / ours["step_ms"])
    assert by_sorting["speedup_over_sort"] is None
