"""The check of a run's figures: is what `result.json` says what the tickets of the run were saved with?"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tombola.ticket import load
from tombola.training import RunFolder
from tombola.verification.audit.audited import ALONE, Audited
from tombola.verification.audit.finding import Answer
from tombola.verification.audit.of_run import read_object

# What a search writes into its ticket besides the figures, whose names begin with the split's.
CHOSEN = ("metric", "evaluated_on", "protocol", "trained", "start_step", "training", "chosen_epoch")
FIGURES = ("test_", "validation_")
OF_ROWS_ALONE = ("ticket", "seconds")  # a level's row has them, its ticket does not

Object = Mapping[str, Any]


def figures(audited: Audited) -> Answer:
    """Every figure of the run in `result.json` is the one that its tickets hold, and that stands in the comparison.

    The figures of the networks that it is compared with are in `result.json` alone, and of no ticket.
    """
    if audited.run is None:
        return None, ALONE
    told, metrics = read_object(audited.run.result), audited.ticket.metrics
    wrong = [
        *_differing("result.json", _headline(told), "the ticket", _headline(metrics)),
        *_of_trained(audited, told),
        *_of_comparison(audited, told),
        *_of_layers(audited, told),
        *_of_levels(audited.run, told),
    ]
    if wrong:
        return False, "; ".join(wrong[:3])
    count = sum(key.startswith(FIGURES) for key in told)
    return True, f"{count} figures in result.json are those of the ticket; not looked at: those of other networks"


def _headline(record: Object) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key in CHOSEN or key.startswith(FIGURES)}


def _differing(here: str, told: Object, there: str, held: Object) -> Iterator[str]:
    """A sentence for each value that is not the same in both; what is missing is None."""
    for key in sorted({*told, *held}):
        one, other = told.get(key), held.get(key)
        if not _same(one, other):
            yield f"{key:.40} is {one!r:.60} in {here}, {other!r:.60} in {there}"


def _same(one: Any, other: Any) -> bool:
    # True is 1 for Python, and no count or figure for anybody else.
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _of_trained(audited: Audited, told: Object) -> Iterator[str]:
    """The network that the ticket was trained to: there where it should be, with the same mask and figures."""
    assert audited.run is not None
    file, is_trained = audited.run.trained, told.get("trained") is True
    if file.exists() != is_trained:
        yield f"result.json says that the network was {'' if is_trained else 'not '}trained, and " + (
            "there is no file of it" if is_trained else "there is a file of a trained one"
        )
    elif is_trained:
        network = load(file)
        if network.mask.digest() != audited.ticket.mask.digest():
            yield "the trained network has another mask than the ticket"
        figures = {key: value for key, value in network.metrics.items() if key != "stage"}  # the ticket has none
        yield from _differing("the ticket", audited.ticket.metrics, "the trained network", figures)


def _of_comparison(audited: Audited, told: Object) -> Iterator[str]:
    """The run's own row: the ticket's counts, and the figures of the test set."""
    rows = told.get("comparison", [])
    if not rows:
        return
    mask, own = audited.ticket.mask, rows[0]
    facts = {"kept": mask.kept(), "density": mask.density}
    facts |= {key: told[key] for key in told if key.startswith("test_") and told[key] is not None}
    shown = {key: own.get(key) for key in {*facts, *(key for key in own if key.startswith("test_"))}}
    yield from _differing("the comparison", shown, "the ticket", facts)


def _of_layers(audited: Audited, told: Object) -> Iterator[str]:
    """The counts of each layer, where there are any."""
    mask, rows = audited.ticket.mask, told.get("layers", [])
    if rows and [row.get("name") for row in rows] != list(mask):
        yield "the layers in result.json are not those of the ticket"
        return
    for row in rows:
        name = row["name"]
        facts = {"shape": list(mask.shapes[name]), "prunable": mask.numel(name), "kept": mask.kept(name)}
        facts |= {"density": mask.densities[name]}
        yield from _differing(
            f"layer {name:.40} of result.json", {key: row.get(key) for key in facts}, "the mask", facts
        )


def _of_levels(run: RunFolder, told: Object) -> Iterator[str]:
    """The rows of the levels, where there are any: what each level's own ticket was saved with."""
    for row in told.get("levels", []):
        file = run.level(row["level"]) / "ticket"
        if row.get("ticket") is not None or file.exists():
            yield from _of_level(file, row)


def _of_level(file: Path, row: Object) -> Iterator[str]:
    ticket = load(file)
    counts = {"kept": ticket.mask.kept(), "prunable": ticket.mask.numel(), "density": ticket.mask.density}
    told = {key: value for key, value in row.items() if key not in OF_ROWS_ALONE}
    held = {key: value for key, value in {**ticket.metrics, **counts}.items() if key in told}
    yield from _differing(f"level {row['level']} of result.json", told, "its ticket", held)
