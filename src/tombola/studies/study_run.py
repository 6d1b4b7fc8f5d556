"""One run of a study: where it stands, and all its settings."""

from tombola.records.points import values_of, with_fractions
from tombola.records.spelling import flat
from tombola.studies.axes import Settings
from tombola.studies.parts import Part, Slug
from tombola.studies.plain import Listed
from tombola.training.identity import identity


def run_key(arm: str, point: Settings, seed: int) -> str:
    """What tells a run from the others of its study, whatever its settings come to; 1 and 1.0 are one value."""
    return identity({"arm": arm, "point": with_fractions(point), "seed": seed})


class StudyRun(Part):
    """One run of a study.

    Args:
        arm: to which it belongs.
        point: the value of each axis; what tells it from the arm's other runs, beside the seed.
        seed: of the replicate.
        settings: all of them, flat, as `tombola.api.plan_of` takes them.
        measures: what is measured of it when it is finished.
    """

    arm: Slug
    point: Settings
    seed: int
    settings: Settings
    measures: Listed[Settings] = ()

    @property
    def key(self) -> str:
        """See `run_key`."""
        return run_key(self.arm, self.point, self.seed)

    def __str__(self) -> str:
        values = (f"{name}={flat(value)}" for name, value in values_of(self.point).items())
        return " ".join([self.arm, *values, f"seed {self.seed}"])
