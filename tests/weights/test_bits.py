"""The raw stream against Philox4x64-10 written out in Python's integers."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.weights.bits import CHUNK, centred, coins, stream

WORD = 2**64


def philox_4x64_10(seed: int, name: str, shape: tuple[int, ...]) -> Iterator[int]:
    """The stream by its published definition (Salmon et al. 2011), the first block at counter 1."""
    text = f"tombola weights 1\n{seed}\n{'x'.join(str(d) for d in shape)}\n{name}"
    key = hashlib.sha256(text.encode("utf-8")).digest()
    counter = 0
    while True:
        counter += 1
        k0, k1 = int.from_bytes(key[0:8], "little"), int.from_bytes(key[8:16], "little")
        c0, c1, c2, c3 = counter, 0, 0, 0
        for _ in range(10):
            p0, p1 = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
            c0, c1, c2, c3 = (p1 >> 64) ^ c1 ^ k0, p1 % WORD, (p0 >> 64) ^ c3 ^ k1, p0 % WORD
            k0, k1 = (k0 + 0x9E3779B97F4A7C15) % WORD, (k1 + 0xBB67AE8584CAA73B) % WORD
        yield from (c0, c1, c2, c3)


NAMES = st.text(st.characters(codec="utf-8"), max_size=12)
SHAPES = st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple)
SEEDS = st.integers(0, 2**64 - 1)


@given(SEEDS, NAMES, SHAPES)
def test_raw_words_are_philox(seed: int, name: str, shape: tuple[int, ...]) -> None:
    slow = philox_4x64_10(seed, name, shape)
    assert stream(seed, name, shape).random_raw(9).tolist() == [next(slow) for _ in range(9)]


@given(SEEDS, NAMES, SHAPES, st.integers(0, 150))
def test_coins_are_the_words_from_the_lowest_bit_up(seed: int, name: str, shape: tuple[int, ...], size: int) -> None:
    slow = philox_4x64_10(seed, name, shape)
    words = [next(slow) for _ in range(3)]
    assert coins(stream(seed, name, shape), size).tolist() == [words[i // 64] >> (i % 64) & 1 for i in range(size)]


@given(SEEDS, NAMES, SHAPES)
def test_centred_numbers_are_the_top_52_bits(seed: int, name: str, shape: tuple[int, ...]) -> None:
    slow = philox_4x64_10(seed, name, shape)
    expected = [(2 * (next(slow) >> 12) + 1 - 2**52) / 2**53 for _ in range(7)]
    [(place, got)] = centred(stream(seed, name, shape), 7)
    assert (place, got.tolist()) == (slice(0, 7), expected)


class Extreme(np.random.Philox):
    """A generator whose words are all zeros or all ones."""

    word = 0

    def random_raw(self, size: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:  # type: ignore[override]
        return np.full(size, self.word, np.uint64)


@pytest.mark.parametrize(("word", "expected"), [(0, 2.0**-53 - 0.5), (WORD - 1, 0.5 - 2.0**-53)])
def test_the_ends_are_never_reached(word: int, expected: float) -> None:
    bits = Extreme(0)
    bits.word = word
    [(_, got)] = centred(bits, 3)
    assert got.tolist() == [expected] * 3


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_chunks_do_not_show(size: int) -> None:
    whole = stream(1, "w", (size,)).random_raw(size) >> np.uint64(12)
    parts = [q for _, q in centred(stream(1, "w", (size,)), size)]
    got = np.concatenate([np.empty(0), *parts])
    np.testing.assert_array_equal(got, (whole.astype(np.float64) + 0.5) / 2.0**52 - 0.5)


def test_the_key_tells_every_part_apart() -> None:
    keys = [(0, "a", (2, 3)), (1, "a", (2, 3)), (0, "b", (2, 3)), (0, "a", (3, 2)), (0, "a", (6,)), (0, "a", (2, 3, 1))]
    assert len({int(stream(*key).random_raw()) for key in keys}) == len(keys)
