"""Find tickets in models that no method was written for, save them, load them, compare outputs.

    python examples/any_module.py

A transformer encoder, an LSTM classifier, a model with tied weights, and one with weights that its
forward pass never reads: each is searched on a small made-up task, and left exactly as it was.
"""

import copy
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

import tombola as tb

WORDS, LENGTH, CLASSES = 32, 12, 4


class Transformer(nn.Module):
    """Tokens through two encoder layers to a class."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, 64)
        layer = nn.TransformerEncoderLayer(64, nhead=4, dim_feedforward=128, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)
        self.head = nn.Linear(64, CLASSES)

    def forward(self, tokens: Tensor) -> Tensor:
        outputs: Tensor = self.head(self.encoder(self.embed(tokens)).mean(dim=1))
        return outputs


class Lstm(nn.Module):
    """Tokens through an LSTM, its last output to a class."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, 64)
        self.lstm = nn.LSTM(64, 128, batch_first=True)
        self.head = nn.Linear(128, CLASSES)

    def forward(self, tokens: Tensor) -> Tensor:
        states, _ = self.lstm(self.embed(tokens))
        outputs: Tensor = self.head(states[:, -1])
        return outputs


class Tied(nn.Module):
    """Word counts there and back and there again: the first and the last layer are one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.there = nn.Linear(WORDS, 256, bias=False)
        self.back = nn.Linear(256, WORDS, bias=False)
        self.again = nn.Linear(WORDS, 256, bias=False)
        self.again.weight = self.there.weight
        self.head = nn.Linear(256, CLASSES)

    def forward(self, tokens: Tensor) -> Tensor:
        counts = nn.functional.one_hot(tokens, WORDS).float().mean(dim=1)
        hidden = self.again(self.back(self.there(counts).relu()).relu()).relu()
        outputs: Tensor = self.head(hidden)
        return outputs


class Spare(nn.Module):
    """A perceptron with a layer that its forward pass never reads."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, 64)
        self.hidden = nn.Linear(64, 256)
        self.unused = nn.Linear(256, 256)
        self.head = nn.Linear(256, CLASSES)

    def forward(self, tokens: Tensor) -> Tensor:
        outputs: Tensor = self.head(self.hidden(self.embed(tokens).mean(dim=1)).relu())
        return outputs


def task(examples: int, seed: int) -> tuple[Tensor, Tensor]:
    """Token sequences, labelled by the class whose words are most frequent in them."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(0, WORDS, (examples, LENGTH), generator=generator)
    votes = nn.functional.one_hot(tokens % CLASSES, CLASSES).sum(dim=1)
    return tokens, votes.argmax(dim=1)


def show(name: str, model: nn.Module) -> None:
    """Search one model, and check what was promised."""
    untouched = copy.deepcopy(model.state_dict())
    data = (task(4000, seed=1), task(500, seed=2), task(1000, seed=3))
    found = tb.run(model, data, method=tb.EdgePopup(density=0.5), epochs=5)
    with tempfile.TemporaryDirectory() as folder:
        path = found.ticket.save(Path(folder) / "model.ticket")
        size = path.stat().st_size
        loaded = tb.load(path).build(type(model)())
    inputs, _ = task(100, seed=4)
    with torch.no_grad():
        same = torch.equal(loaded.eval()(inputs), found.ticket.build(type(model)()).eval()(inputs))
    assert same, "a loaded ticket gives other outputs than the one that was found"
    assert type(loaded) is type(model), "the model's class was changed"
    assert all(torch.equal(value, untouched[key]) for key, value in model.state_dict().items()), "the model was changed"
    rows = {row["name"]: row["test_accuracy"] for row in found.result["comparison"]}
    print(
        f"{name:12} {rows['edge-popup supermask']:6.1%} of the test set, random mask {rows['random mask']:6.1%}, "
        f"{found.result['kept']:,} of {found.result['prunable']:,} weights, ticket {size:,} bytes"
    )


def main() -> None:
    """All four."""
    for model in (Transformer(), Lstm(), Tied(), Spare()):
        show(type(model).__name__, model)


if __name__ == "__main__":
    main()
