"""What "winning" means, as a value: conditions on how a ticket compares with its controls."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from tombola.errors import UsageError, check_name, unknown_name

Measure: TypeAlias = Literal["metric", "loss", "iterations"]
ConditionOutcome: TypeAlias = Literal["holds", "fails", "open"]

MEASURES: tuple[Measure, ...] = get_args(Measure)

# Not a network: the metric of a guess that does not look at the inputs.
CHANCE = "chance"


@dataclass(frozen=True)
class Condition:
    """The ticket does as well as a control on one measure, up to a margin; or better, where `strictly`.

    Args:
        control: the name of a control, or `chance`.
        measure: `metric`, `loss` or `iterations`.
        margin: by how much the ticket may be behind, in the measure's own unit.
        strictly: whether to be level at the margin is too little.

    >>> Condition("dense", "metric", margin=0.01).outcome(-0.004, 0.02)
    'holds'
    """

    control: str
    measure: Measure
    margin: float = 0.0
    strictly: bool = False

    def __post_init__(self) -> None:
        check_name("measure", self.measure, MEASURES)
        if not 0 <= self.margin < math.inf:
            raise UsageError(f"margin={self.margin}: expected a number, 0 or more")

    def outcome(self, low: float, high: float) -> ConditionOutcome:
        """Whether the condition holds, given the interval of the ticket's advantage (more is better).

        It `holds` if the whole interval lies where the condition is met, `fails` if all of it lies
        where it is not, and is `open` else.
        """
        if low > -self.margin or (low == -self.margin and not self.strictly):
            return "holds"
        if high < -self.margin or (high == -self.margin and self.strictly):
            return "fails"
        return "open"


@dataclass(frozen=True)
class Definition:
    """A ticket wins if all conditions hold.

    Args:
        name: by which it is asked for.
        title: what it says, in one sentence.
        conditions: one or more.
    """

    name: str
    title: str
    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if not self.conditions:
            raise UsageError(f"definition {self.name!r} has no conditions: every ticket would win")
        asked = [(condition.control, condition.measure) for condition in self.conditions]
        if twice := [question for question in asked if asked.count(question) > 1]:
            raise UsageError(f"definition {self.name!r} asks twice about {twice[0][1]} of {twice[0][0]}: expected once")


def lottery_ticket(metric_margin: float = 0.003, iteration_margin: float = 0.0) -> Definition:
    """A winning ticket: trained in isolation, as good as the whole network in at most its iterations.

    Iterations are those of the early stop, the lowest validation loss.

    Args:
        metric_margin: by how much the metric may be behind; the default is for shares, such as accuracy.
        iteration_margin: by how many iterations the early stop may come later.

    Source: Frankle & Carbin 2019; the margin is ours, their comparison has none.
    """
    later = f" and {iteration_margin:g} more" if iteration_margin else ""
    return Definition(
        "lottery-ticket",
        "Trained in isolation, the ticket is at least as good as the whole network, "
        f"up to {metric_margin:g}, in at most its iterations{later}.",
        (Condition("dense", "metric", metric_margin), Condition("dense", "iterations", iteration_margin)),
    )


# Source: Zhou et al. 2019, whose supermasks are far above chance; the random mask tells the choice from its size.
SUPERMASK = Definition(
    "supermask",
    "Untrained, the ticket is better than a random mask with as many weights in each layer, and better than chance.",
    (Condition("random-mask", "metric", strictly=True), Condition(CHANCE, "metric", strictly=True)),
)

DEFINITIONS: dict[str, Definition] = {definition.name: definition for definition in (lottery_ticket(), SUPERMASK)}


def definition_named(name: str) -> Definition:
    """The definition called `name`.

    Raises:
        UsageError: where there is none; the nearest known names are offered.

    >>> [condition.control for condition in definition_named("supermask").conditions]
    ['random-mask', 'chance']
    """
    if name not in DEFINITIONS:
        raise unknown_name("definition", name, DEFINITIONS)
    return DEFINITIONS[name]
