"""Learning-rate schedules: the share of training done -> the factor on the learning rate."""

import math
from collections.abc import Callable


def cosine(done: float) -> float:
    """(1 + cos(π · done)) / 2. Source: Loshchilov & Hutter 2017, without restarts."""
    return 0.5 * (1 + math.cos(math.pi * done))


def constant(done: float) -> float:
    """1, always."""
    del done
    return 1.0


def step(done: float) -> float:
    """1, then 1/10 from half-way and 1/100 from three quarters on (epochs 80 and 120 of 160)."""
    return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01


SCHEDULES: dict[str, Callable[[float], float]] = {"cosine": cosine, "constant": constant, "step": step}
