"""Random bits that depend on (seed, name, shape) alone: a counter-based generator, keyed by a hash.

The raw stream of Philox is part of numpy's compatibility promise; its distributions are not, so
only the raw stream is used here.

Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011): Philox4x64-10.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# 64 KiB of doubles: the temporaries of the arithmetic on one chunk stay in the cache.
CHUNK = 8192


def stream(seed: int, name: str, shape: tuple[int, ...]) -> np.random.Philox:
    """The generator of one tensor: no other (seed, name, shape) shares its key.

    Key = the first 16 bytes of sha256("tombola weights 1\\n{seed}\\n{d0}x{d1}x…\\n{name}"), UTF-8,
    read as two little-endian 64-bit words; the counter of the first block is 1.

    >>> hex(int(stream(0, "fc.weight", (2, 3)).random_raw()))
    '0xa625766960595757'
    """
    text = f"tombola weights 1\n{seed}\n{'x'.join(map(str, shape))}\n{name}"
    key = np.frombuffer(hashlib.sha256(text.encode()).digest()[:16], dtype="<u8")
    return np.random.Philox(key=key.astype(np.uint64))


def centred(bits: np.random.Philox, size: int) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Uniform numbers q in (-1/2, 1/2), one 64-bit word each, chunk by chunk.

    q = (k + 1/2) / 2^52 - 1/2 with k the word's top 52 bits. Every step is exact in double
    precision, q and -q are equally likely, and neither 0 nor ±1/2 occurs.

    Args:
        bits: the generator.
        size: how many numbers in all.

    Returns:
        pairs of the place of the chunk in the whole, and its numbers.
    """
    for start in range(0, size, CHUNK):
        stop = min(start + CHUNK, size)
        q = (bits.random_raw(stop - start) >> np.uint64(12)).astype(np.float64)
        q += 0.5
        q *= 2.0**-52
        q -= 0.5
        yield slice(start, stop), q


def coins(bits: np.random.Philox, size: int) -> NDArray[np.uint8]:
    """`size` independent fair bits as 0 and 1: each 64-bit word is read from its lowest bit up."""
    words = bits.random_raw(-(-size // 64)).astype("<u8")
    return np.unpackbits(words.view(np.uint8), count=size, bitorder="little")
