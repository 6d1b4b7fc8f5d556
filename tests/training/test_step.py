import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import UsageError
from tombola.training import Step

UNITS = st.sampled_from(["ep", "it"])


@given(st.integers(0, 10**12 - 1), UNITS)
def test_parse_reads_what_str_writes(count: int, unit: str) -> None:
    step = Step.parse(f"{count}{unit}")
    assert (step.count, step.unit) == (count, unit)
    assert Step.parse(str(step)) == step


def test_epochs_and_iterations() -> None:
    assert Step(2, "ep").iterations(per_epoch=469) == 938
    assert Step(500, "it").iterations(per_epoch=469) == 500
    assert Step(938, "it").epochs(per_epoch=469) == 2.0
    assert Step(3, "ep").epochs(per_epoch=469) == 3.0
    assert Step.parse(" 7it ") == Step(7, "it")


@pytest.mark.parametrize(
    "text", ["", "5", "ep", "-1ep", "1.5ep", "5 it", "5its", "5epochs", "1e3it", "9999999999999it"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected epochs as 2ep, or iterations as 500it"):
        Step.parse(text)


@pytest.mark.parametrize(("count", "unit"), [(-1, "ep"), (True, "it"), (5, "batches")])
def test_other_values_are_refused(count: int, unit: str) -> None:
    with pytest.raises(UsageError, match="expected 0 or more epochs or iterations"):
        Step(count, unit)  # type: ignore[arg-type]
