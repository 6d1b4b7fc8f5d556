"""What all record files share: the kinds of fields, and how strictly they are read."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

MOST = 10**15  # beyond any count of ours, and small enough for every reader of JSON

Count = Annotated[int, Field(ge=0, le=MOST)]
Positive = Annotated[int, Field(ge=1, le=MOST)]
Moment = Annotated[int | float, Field(ge=0, le=MOST)]
_LARGEST = 1e100
Real = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)]  # differences and squares of such numbers are finite too
Density = Annotated[float, Field(gt=0, le=1)]
Bytes = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=10_000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Column = tuple[Real | None, ...]
Curves = Annotated[dict[str, Column], Field(max_length=100)]  # one column a quantity
Shape = Annotated[tuple[Positive, ...], Field(min_length=1, max_length=8)]


def real(value: object) -> float | None:
    """A number as a `Real`; None where it is none, or too large.

    >>> real(3), real(True), real("3"), real(10**400), real(float("nan"))
    (3.0, None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= _LARGEST else None


def name_in(spec: Mapping[str, Any], part: str) -> str:
    """The name that a spec gives a part of a run, or a plain word in its place.

    >>> name_in({"model": {"name": "conv2"}, "data": "mnist"}, "model"), name_in({}, "model")
    ('conv2', 'unnamed model')
    """
    value = spec.get(part)
    name = value.get("name") if isinstance(value, Mapping) else value
    return name if isinstance(name, str) and name else f"unnamed {part}"


def reckonable(value: JsonValue) -> JsonValue:
    """The value itself, where all its numbers can be reckoned with.

    Raises:
        ValueError: where one cannot.
    """
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        reckonable(part)
    if isinstance(value, int | float) and not isinstance(value, bool) and real(value) is None:
        raise ValueError("a number in it is not finite, or larger than 1e100")
    return value


Json = Annotated[dict[str, JsonValue], AfterValidator(reckonable)]  # what is kept as it is


class Record(BaseModel):
    """A frozen value; nothing is converted, and a number is finite."""

    # Unknown keys are passed over, so that a later version may add some without breaking this reader.
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


class WithMetrics(Record):
    """A record whose further keys are measurements: `train_loss`, `test_accuracy`, …"""

    model_config = ConfigDict(extra="allow")

    def measured(self, key: str) -> float | None:
        """The number under `key`, or None where there is none that can be reckoned with."""
        return real((self.__pydantic_extra__ or {}).get(key))
