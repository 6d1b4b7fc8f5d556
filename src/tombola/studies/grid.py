"""`Grid`: the settings of an arm's runs at one point, and where in the study each of them stands."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from tombola.api.settings import METHOD, MODEL_ARGUMENT, NAMES, WEIGHTS
from tombola.studies.axes import Axes, Settings, one_by_one, varied
from tombola.studies.study import Study


@dataclass(frozen=True)
class Grid:
    """The runs of an arm, of which one is looked at.

    Args:
        arm: its name.
        shared: the settings of all its runs.
        axes: over which they vary.
        sources: the place of each setting and each axis.
        base: index of the value of each axis that is looked at.
        refused: settings that are left out, by name and value.
    """

    arm: str
    shared: Settings
    axes: Axes
    sources: Mapping[str, str]
    base: Mapping[str, int]
    refused: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, study: Study, arm: str, preset: str) -> "Grid":
        """The runs of an arm with a preset, at the first value of every axis."""
        chosen, own = study.preset(preset), study.arms[arm]
        axes = study.axes_of(arm, chosen)
        settings = {
            "settings": study.settings,
            f"arms.{arm}.settings": own.settings,
            f"presets.{preset}.settings": chosen.settings,
        }
        varying = {"axes": study.axes, f"arms.{arm}.axes": own.axes, f"presets.{preset}.axes": chosen.axes}
        sources = {name: f"{at}.{name}" for at, given in settings.items() for name in one_by_one(given)}
        sources |= {name: f"{at}.{name}" for at, given in varying.items() for name in given if name in axes}
        return cls(arm, study.settings_of(arm, chosen), axes, sources, dict.fromkeys(axes, 0))

    def at(self, axis: str, index: int) -> "Grid":
        """The same at another value of one axis."""
        return replace(self, base={**self.base, axis: index})

    def leaving_out(self, names: Collection[str]) -> "Grid":
        """The same without some settings, wherever they have the values that they have here."""
        values = self._given
        return replace(self, refused=self.refused | {(name, repr(values[name])) for name in names})

    @property
    def settings(self) -> Settings:
        """The settings here, but for those that are left out and those of which nothing can be told then."""
        known = {name: value for name, value in self._given.items() if is_known(name)}
        left = {name: value for name, value in known.items() if (name, repr(value)) not in self.refused}
        is_dark = known.keys() - left.keys()
        untold = METHOD if is_dark & {"method", "preset"} else frozenset()
        untold |= WEIGHTS if "weights" in is_dark else frozenset()
        return {name: value for name, value in left.items() if name not in untold}

    def settings_of(self, axis: str) -> Settings:
        """Those that an axis gives here."""
        return varied({axis: self.axes[axis][self.base[axis]]})

    def place(self, name: str) -> str:
        """Where a setting stands."""
        of_axes = (self.place_of(axis) for axis in self.axes if name in self.settings_of(axis))
        return next(of_axes, None) or self.sources[name]

    def place_of(self, axis: str) -> str:
        """Where the value of an axis stands."""
        return f"{self.sources[axis]}[{self.base[axis]}]"

    def has_at(self, axis: str, places: Iterable[str]) -> bool:
        """Whether the value of an axis is at one of some places, of which one may name several."""
        return any(self.place_of(axis) in place for place in places)

    @property
    def _given(self) -> Settings:
        return self.shared | varied({axis: values[self.base[axis]] for axis, values in self.axes.items()})


def is_known(name: str) -> bool:
    """Whether there is a setting of this name."""
    return name in NAMES or name.startswith(MODEL_ARGUMENT)
