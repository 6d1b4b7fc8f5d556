"""What is a density, and what is said of anything else."""

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tombola.errors import CollapsedError, DivergedError, FaultsError, TombolaError, UsageError, check_density


@pytest.mark.parametrize("value", [0.25, np.float32(0.25), np.float64(0.25), Fraction(1, 4)])
def test_every_number_is_a_density(value: Any) -> None:
    assert check_density(value) == 0.25
    assert type(check_density(value)) is float


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0.5", "density='0.5': expected a number, 0 < density <= 1, and got text"),
        (None, "density=None: expected a number, 0 < density <= 1, and got a NoneType"),
        (True, "density=True: expected a number, 0 < density <= 1, and got a bool"),
        (np.float32(30), "density=30.0: expected 0 < density <= 1; did you mean 0.3?"),
        (30.0, "density=30: expected 0 < density <= 1; did you mean 0.3?"),
        (float("nan"), "density=nan: expected 0 < density <= 1"),
        (0, "density=0: expected 0 < density <= 1"),
        (10**400, "density=1.00e+400: expected 0 < density <= 1"),
        pytest.param(-(10**5000), "density=-1.00e+5000: expected 0 < density <= 1", id="more digits than are written"),
        (Fraction(7, 2), "density=7/2: expected 0 < density <= 1; did you mean 0.035?"),
        (float("inf"), "density=inf: expected 0 < density <= 1"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(value: Any, said: str) -> None:
    with pytest.raises(UsageError) as error:
        check_density(value)
    assert str(error.value) == said


@pytest.mark.parametrize("kind", [DivergedError, CollapsedError])
def test_work_that_broke_down_is_no_wrong_use(kind: type[TombolaError]) -> None:
    assert issubclass(kind, ArithmeticError)
    assert not issubclass(kind, UsageError)


def test_faults_go_to_another_process_and_back() -> None:
    error = FaultsError("study s", ["a: missing", "b: missing"])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.faults) == ("study s: a: missing; b: missing", error.faults)
