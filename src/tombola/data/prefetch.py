"""Images decoded by several threads while the network computes, a few batches ahead."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Decode = Callable[[int], Pixels]

# Batches that are decoded before the present one is asked for again: the second is for steps of uneven length.
AHEAD = 2
# Images a task: few enough that all threads work at one batch, many enough that handing over costs nothing.
CHUNK = 8


def threads() -> int:
    """How many decode at a time: the cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # absent outside Linux
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def prefetched(batches: Iterable[tuple[int, Decode]], shape: tuple[int, ...]) -> Generator[Pixels]:
    """Batch after batch of decoded images, in order: uint8 (count, *shape).

    At most `AHEAD` batches besides the one that is waited for are in flight. Each image has a place
    of its own, so the number of threads changes nothing but the speed. Closed early, it drops what has
    not begun, and waits for what has.

    Args:
        batches: of each the number of images, and what decodes the image at a place.
        shape: of one image, (H, W, C).

    Raises:
        DataError: as `decode` does; of several images the first is named.
    """
    pool = ThreadPoolExecutor(threads(), "tombola-decode")
    waiting: deque[tuple[Pixels, list[Future[None]]]] = deque()
    try:
        for count, decode in batches:
            waiting.append(_begun(pool, np.empty((count, *shape), np.uint8), decode))
            if len(waiting) > AHEAD:
                yield _done(*waiting.popleft())
        while waiting:
            yield _done(*waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _begun(pool: ThreadPoolExecutor, pixels: Pixels, decode: Decode) -> tuple[Pixels, list[Future[None]]]:
    starts = range(0, len(pixels), CHUNK)
    return pixels, [pool.submit(partial(_fill, pixels, decode, start)) for start in starts]


def _fill(pixels: Pixels, decode: Decode, start: int) -> None:
    for place in range(start, min(start + CHUNK, len(pixels))):
        pixels[place] = decode(place)


def _done(pixels: Pixels, futures: list[Future[None]]) -> Pixels:
    for future in futures:
        future.result()
    return pixels
