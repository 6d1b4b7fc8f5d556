"""Which setting a refusal is about, read from its sentence, and tried where the sentence does not say."""

from collections.abc import Callable, Collection

from tombola.api.settings import MODEL_ARGUMENT
from tombola.errors import DataError, UsageError
from tombola.studies.grid import Grid

CHOICES = ("method", "preset", "model", "data")  # without these little that is particular can be said
MOST_TOGETHER = 3  # settings of which any may be the wrong one

Said = Callable[[Grid], UsageError | None]  # what is said of the run that a grid looks at; None where it will do


def culprits(error: UsageError, grid: Grid, names: Collection[str], said: Said) -> tuple[str, ...]:
    """The setting that a refusal is about, or the few that it may be about; empty where that cannot be told.

    `epochs=0: expected …`, `include: pattern …` and `unknown weights 'norml'` begin with its name, `method
    edge-popup has no alpha` ends with it; other sentences have its value. Without it nothing is said, or something
    else. Where a sentence has neither, those are tried without which it is not said.

    Args:
        error: what is said.
        grid: of what.
        names: of the settings that come into question.
        said: what is said of another.
    """
    text, settings = str(error), grid.settings
    among = [name for name in settings if name in names]

    def is_other_without(name: str) -> bool:
        after = said(grid.leaving_out([name]))
        return after is None or _subject(after) != _subject(error)

    named = (name for name in among if _is_named(name, text))
    if found := next((name for name in named if str(said(grid.leaving_out([name]))) != text), None):
        return (found,)
    of_data = {"data"} if isinstance(error, DataError) else set()
    valued = [name for name in among if str(settings[name]) in text or name in of_data]
    if found := next(filter(is_other_without, sorted(valued, key=lambda name: name in CHOICES)), None):
        return (found,)
    tried = tuple(filter(is_other_without, (name for name in among if name not in CHOICES)))
    return tried if len(tried) <= MOST_TOGETHER else ()


def is_made_up(error: UsageError, grid: Grid) -> bool:
    """Whether a refusal is about a value that nobody gave: the default in the place of one that is left out."""
    return any(f"{name}=" in str(error) for name, _ in grid.refused if name not in grid.settings)


def _is_named(setting: str, text: str) -> bool:
    """Whether a sentence names a setting as what it is about."""
    name = setting.removeprefix(MODEL_ARGUMENT)
    begins = (f"{name}=", f"{name}: ", f"{name} of ", f"{name} is ", f"unknown {name} '")
    of_model = setting != name and text.startswith("unknown argument of model") and f"'{name}'" in text
    return text.startswith(begins) or f" has no {name}" in text or of_model


def _subject(error: UsageError) -> str:
    """What a sentence begins with, up to a value or a colon."""
    return str(error).partition("=")[0].partition(":")[0]
