import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tombola.data import Preparation, Split
from tombola.training import evaluate, make_task
from tombola.training.evaluate import _batch_size


def test_means_over_all_examples_whatever_the_last_batch() -> None:
    network = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.9))
    split = Split(torch.randn(2345, 4), torch.randint(0, 3, (2345,)))
    scores = evaluate(network, split, Preparation(), make_task(None, None, classes=3))
    with torch.no_grad():
        outputs = network[0](split.inputs)
    losses = [float(F.cross_entropy(row[None], label[None])) for row, label in zip(outputs, split.targets, strict=True)]
    hits = [int(row.argmax()) == int(label) for row, label in zip(outputs, split.targets, strict=True)]
    assert scores.loss == pytest.approx(sum(losses) / 2345, rel=1e-6)
    assert scores.metric == sum(hits) / 2345


@pytest.mark.parametrize("training", [False, True])
def test_the_mode_and_the_statistics_are_left_as_they_were(training: bool) -> None:
    network = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 3)).train(training)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    split = Split(torch.randn(20, 4) + 5, torch.randint(0, 3, (20,)))
    evaluate(network, split, Preparation(), make_task(None, None, classes=3))
    assert network.training is training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_nothing_is_augmented() -> None:
    images = torch.randint(0, 256, (50, 1, 8, 8), dtype=torch.uint8)
    split = Split(images, torch.zeros(50, dtype=torch.long))
    seen = []

    def network(inputs: torch.Tensor) -> torch.Tensor:
        seen.append(inputs)
        return torch.zeros(len(inputs), 2)

    evaluate(network, split, Preparation(crop_padding=2, flip=True), make_task(None, None, classes=2))
    assert torch.allclose(torch.cat(seen), images.float() / 255)


@pytest.mark.parametrize(
    ("shape", "examples"), [((3, 224, 224), 222), ((3, 32, 32), 1000), ((), 1000), ((3, 9999, 9999), 1)]
)
def test_large_examples_are_evaluated_fewer_at_a_time(shape: tuple[int, ...], examples: int) -> None:
    split = Split(torch.empty((5, *shape), device="meta"), torch.zeros(5))
    assert _batch_size(split) == examples
