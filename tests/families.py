"""Small models of every family, with data they take: what the engine must work on."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

CLASSES, WORDS = 3, 7


@dataclass(frozen=True)
class Family:
    """A model, inputs for it, and the patterns it needs."""

    make: Callable[[], nn.Module]
    inputs: Callable[[int], Tensor]
    include: tuple[str, ...] = ()
    classes: int = CLASSES


def _features(count: int) -> Tensor:
    return torch.randn(count, 6)


def _images(count: int) -> Tensor:
    return torch.randn(count, 2, 8, 8)


def _sequences(count: int) -> Tensor:
    return torch.randn(count, 5, 8)


def _words(count: int) -> Tensor:
    return torch.randint(0, WORDS, (count, 5))


class Mlp(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Linear(6, 12), nn.ReLU(), nn.Dropout(0.25), nn.Linear(12, CLASSES))


class ConvNet(nn.Sequential):
    def __init__(self) -> None:
        head = nn.Linear(4 * 16, CLASSES)
        super().__init__(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), head)


class ChannelsLast(ConvNet):
    def __init__(self) -> None:
        super().__init__()
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


class Normalised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.batch = nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4)
        self.group, self.layer = nn.GroupNorm(2, 4), nn.LayerNorm(4 * 36)
        self.head = nn.Linear(4 * 36, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.group(torch.relu(self.batch(self.conv(x))))
        return self.head(self.layer(hidden.flatten(1)))  # type: ignore[no-any-return]


class Upsampled(nn.Sequential):
    def __init__(self) -> None:
        up = nn.ConvTranspose2d(2, 3, 2, stride=2)
        super().__init__(up, nn.ReLU(), nn.AvgPool2d(4), nn.Flatten(), nn.Linear(48, CLASSES))


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.position = nn.Parameter(torch.randn(5, 8))
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(x + self.position).mean(1))  # type: ignore[no-any-return]


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True, kdim=8, vdim=8, add_bias_kv=True)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.attention(x, x, x)[0].mean(1))  # type: ignore[no-any-return]


class Lstm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, 6, padding_idx=0)
        self.lstm = nn.LSTM(6, 5, num_layers=2, bidirectional=True, batch_first=True, dropout=0.2)
        self.head = nn.Linear(10, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(self.words(x))[0][:, -1])  # type: ignore[no-any-return]


class Gru(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru, self.cell, self.head = nn.GRU(8, 5, batch_first=True), nn.GRUCell(5, 4), nn.Linear(4, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cell(self.gru(x)[0][:, -1]))  # type: ignore[no-any-return]


class Tied(nn.Module):
    """Predicts a word: the output layer is the embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.hidden = nn.Embedding(WORDS, 6), nn.Linear(6, 6)
        self.out = nn.Linear(6, WORDS)
        self.out.weight = self.words.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.tanh(self.hidden(self.words(x).mean(1))))  # type: ignore[no-any-return]


class Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.unused, self.head = nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.relu(self.used(x)))  # type: ignore[no-any-return]


class Raw(nn.Module):
    """Matrices of its own, no layers."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Parameter(torch.randn(6, 9)), nn.Parameter(torch.randn(9, CLASSES))
        self.shift = nn.Parameter(torch.randn(9))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x @ self.first + self.shift) @ self.second


FAMILIES = {
    "mlp": Family(Mlp, _features),
    "conv": Family(ConvNet, _images),
    "channels-last": Family(ChannelsLast, lambda count: _images(count).contiguous(memory_format=torch.channels_last)),
    "normalised": Family(Normalised, _images),
    "conv-transpose": Family(Upsampled, _images),
    "transformer": Family(Encoder, _sequences),
    "attention": Family(Attention, _sequences),
    "lstm": Family(Lstm, _words),
    "gru": Family(Gru, _sequences),
    "tied": Family(Tied, _words, classes=WORDS),
    "unused": Family(Unused, _features),
    "raw": Family(Raw, _features, include=("first", "second")),
}
