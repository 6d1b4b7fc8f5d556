"""`Measurements`: what the measures of a study found of a run, by their names."""

from pydantic import ConfigDict, Field

from tombola.records.base import Count, Curves, Density, Name, Real, Record, Text


class ControlRow(Record):
    """A ticket, or a control, as it was trained in isolation.

    Attributes:
        level: of iterative pruning that the ticket is of; None for the run's own.
        network: `ticket`, or the name of a control.
        metric, loss: on the examples of the final figures.
        iterations: at which its training was stopped.
        density, kept: what it keeps of its prunable weights.
    """

    level: Count | None
    network: Name
    metric: Real
    loss: Real
    iterations: Count | None
    density: Density
    kept: Count


class ControlsRecord(Record):
    """Of the measure `controls`: one row a network, and why a control could not be made."""

    trials: tuple[ControlRow, ...]
    not_applicable: dict[Name, Text] = Field(default_factory=dict)


class MovementRow(Record):
    """Mean |w_final − w_initial| in the dense training, of a layer's weights that a level keeps and of the others."""

    level: Count
    layer: Name
    density: Density
    kept: Real
    removed: Real


class MovementRecord(Record):
    """Of the measure `movement`: one row a level and layer."""

    rows: tuple[MovementRow, ...]


class Measurements(Record):
    """What was measured; those measures that nothing else reads are kept as they are.

    Attributes:
        controls, movement: of the measures with these names; None where they were not taken.
        trainings: the held-out curves of each training of the run.
    """

    model_config = ConfigDict(extra="allow")

    controls: ControlsRecord | None = None
    movement: MovementRecord | None = None
    trainings: dict[Name, Curves] = Field(default_factory=dict)
