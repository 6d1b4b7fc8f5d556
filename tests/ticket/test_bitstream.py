"""The range coder: round trips, cost against entropy, and damage."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import TicketError
from tombola.masks import Mask
from tombola.ticket import bitstream
from tombola.ticket.bitstream import Layer, decode_mask, encode_mask, layers_of

BITS = st.lists(st.lists(st.booleans(), max_size=70), max_size=5)


def mask_of(layers: list[list[bool]]) -> Mask:
    return Mask({f"layer{i}": torch.tensor(bits, dtype=torch.bool) for i, bits in enumerate(layers)})


def random_mask(size: int, kept: int, name: str = "w") -> Mask:
    bits = torch.zeros(size, dtype=torch.bool)
    bits[torch.randperm(size, generator=torch.Generator().manual_seed(0))[:kept]] = True
    return Mask({name: bits})


@given(BITS)
def test_round_trip(layers: list[list[bool]]) -> None:
    mask = mask_of(layers)
    assert decode_mask(layers_of(mask), encode_mask(mask)) == mask


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 3, 4, 5)])
def test_round_trip_of_shapes(shape: tuple[int, ...]) -> None:
    mask = Mask({"a": torch.rand(shape) < 0.5, "b": torch.rand(7) < 0.5})
    assert decode_mask(layers_of(mask), encode_mask(mask)) == mask


def test_known_layers_cost_nothing() -> None:
    mask = Mask({"all": torch.ones(10**6, dtype=torch.bool), "none": torch.zeros(10**6, dtype=torch.bool)})
    assert len(encode_mask(mask)) == 0
    assert decode_mask(layers_of(mask), encode_mask(mask)) == mask


def entropy_bytes(size: int, kept: int) -> float:
    p = kept / size
    return -size * (p * math.log2(p) + (1 - p) * math.log2(1 - p)) / 8


@pytest.mark.parametrize(
    ("size", "kept"), [(266_200, 133_100), (266_200, 13_310), (10**6, 300_000), (10**6, 1), (10**6, 999_999)]
)
def test_the_cost_is_the_entropy(size: int, kept: int) -> None:
    mask = random_mask(size, kept)
    assert encode_mask(mask).nbytes <= 1.001 * entropy_bytes(size, kept) + 12
    [layer] = layers_of(mask)
    assert math.isclose(layer.entropy_bits / 8, entropy_bytes(size, kept))


def test_two_of_four_costs_one_bit_a_weight() -> None:
    mask = Mask({"w": torch.tensor([True, False, False, True] * 10_000)})
    assert 5000 <= encode_mask(mask).nbytes <= 5012


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = random_mask(5000, 700)
    whole = encode_mask(mask)
    monkeypatch.setattr(bitstream, "CHUNK", 64)
    np.testing.assert_array_equal(encode_mask(mask), whole)
    assert decode_mask(layers_of(mask), whole) == mask


def slow_decode(layers: list[Layer], words: list[int]) -> list[list[int]]:
    """The decoder as docs/ticket-format.md words it, in Python's integers."""
    full = 2**64
    stream = iter(words)
    lower, span = 0, full - 1
    point = next(stream, 0) << 32 | next(stream, 0)
    decoded: list[list[int]] = []
    for layer in layers:
        bits: list[int] = []
        p = layer.kept / layer.size if layer.size else 0.0
        split = int((1.0 - p) * (16777214.0 / ((1.0 - p) + p))) + 1
        for _ in range(layer.size):
            if layer.kept in (0, layer.size):
                bits.append(int(layer.kept > 0))
                continue
            scale = span >> 24
            kept = (point - lower) % full // scale >= split
            bits.append(int(kept))
            lower = (lower + scale * (split if kept else 0)) % full
            span = scale * (2**24 - split if kept else split)
            if span < 2**32:
                lower, span = (lower << 32) % full, span << 32
                point = (point << 32) % full | next(stream, 0)
        decoded.append(bits)
    return decoded


@given(BITS)
def test_the_written_description_decodes_it(layers: list[list[bool]]) -> None:
    mask = mask_of(layers)
    assert slow_decode(layers_of(mask), encode_mask(mask).tolist()) == layers


@pytest.mark.parametrize("kept", [1, 37, 1000, 9999, 19_999])
def test_the_written_description_decodes_long_streams(kept: int) -> None:
    mask = random_mask(20_000, kept)
    assert slow_decode(layers_of(mask), encode_mask(mask).tolist()) == [mask["w"].int().tolist()]


@given(st.data())
def test_damage_is_noticed_or_a_mask_of_the_same_counts(data: st.DataObject) -> None:
    mask = random_mask(300, 100)
    words = encode_mask(mask).copy()
    words[data.draw(st.integers(0, len(words) - 1))] ^= np.uint32(data.draw(st.integers(1, 2**32 - 1)))
    try:
        decoded = decode_mask(layers_of(mask), words)
    except TicketError:
        return
    assert decoded.kept() == 100


def test_words_left_over_are_noticed() -> None:
    mask = random_mask(300, 100)
    longer = np.concatenate([encode_mask(mask), np.array([1, 2, 3], np.uint32)])
    with pytest.raises(TicketError, match="left over"):
        decode_mask(layers_of(mask), longer)
    with pytest.raises(TicketError, match="left over"):
        decode_mask([Layer("w", (3,), 3)], np.array([0], np.uint32))


def test_a_layer_of_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bitstream, "CHUNK", 10)
    parts = list(bitstream._chunks(25))
    assert parts[0].start == 0
    assert parts[-1].stop == 25
    assert all(a.stop == b.start for a, b in pairwise(parts))
