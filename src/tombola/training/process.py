"""What a run asks of its process: operations that repeat to the bit, and memory that is kept."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

import torch


@contextmanager
def own_modes() -> Iterator[None]:
    """Whatever modes the caller is in: within it gradients are on, autocast is off, float32 is the default."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    kinds = {"cpu", "cuda"} if torch.cuda.is_available() else {"cpu"}
    try:
        with ExitStack() as stack:
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.enable_grad())
            for kind in kinds:
                # Without its cache: casts of weights are forgotten only when the outermost autocast
                # ends, so trainings inside this one would go on with the weights of their first step.
                stack.enter_context(torch.autocast(kind, enabled=False, cache_enabled=False))
            yield
    finally:
        torch.set_default_dtype(default)


@contextmanager
def prepared_process() -> Iterator[None]:
    """Within it, the same operations on the same machine and thread count give the same bits.

    Where an operation cannot, it warns and goes on. The process's own choices come back at the
    end; only the allocator's settings stay, see `keep_freed_memory`.
    """
    keep_freed_memory()
    was_on, was_warning = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    was_filling = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    was_tuning = torch.backends.cudnn.benchmark
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(was_on, warn_only=was_warning)
        torch.utils.deterministic.fill_uninitialized_memory = was_filling  # type: ignore[attr-defined]
        torch.backends.cudnn.benchmark = was_tuning


@cache
def keep_freed_memory() -> None:
    """Tell glibc to keep freed memory for the next step instead of giving it back to the system.

    Each step frees and asks for the same large tensors; mapped afresh, their pages cost up to
    half of a small convolutional network's step. It holds for the rest of the process.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # absent in other C libraries
    if mallopt is not None:
        trim_threshold, mmap_threshold, arenas = -1, -3, -8
        mallopt(trim_threshold, 2**31 - 1)
        mallopt(mmap_threshold, 32 * 2**20)  # the largest value glibc accepts
        mallopt(arenas, 1)  # else what the backward pass's thread frees, the forward pass cannot use again
