"""The few numbers a reader wants first, and the sentence that says what was found."""

from collections.abc import Iterable
from dataclasses import dataclass

from tombola.records.run_record import RunRecord
from tombola.report.figures.comparison import Compared, Comparison, comparison
from tombola.report.figures.curves import is_early_stop, is_within_epochs
from tombola.report.words import (
    bytes_text,
    density_text,
    difference_text,
    epoch_text,
    is_share,
    metric_text,
    metric_words,
)


@dataclass(frozen=True)
class Fact:
    """One number with its unit, what it is, and what it stands on."""

    value: str
    unit: str
    label: str
    note: str


@dataclass(frozen=True)
class Headline:
    """Title, one sentence and the facts of a report."""

    title: str
    sentence: str
    facts: tuple[Fact, ...]


def headline(record: RunRecord) -> Headline:
    """What the run found, against its controls, and what the ticket weighs."""
    compared = comparison(record)
    middle = _trained_facts(record, compared) if record.result.trained else _control_facts(compared)
    facts = (_ticket_fact(record), *middle, _size_fact(record))
    return Headline(f"{record.name('model')} on {record.name('data')}", _sentence(record), facts)


def _sentence(record: RunRecord) -> str:
    result = record.result
    kept = (
        f"{record.name('method')} kept {result.kept:,} of {result.prunable:,} prunable weights "
        f"(density {result.density:g}, sparsity {1 - result.density:g})"
    )
    untouched = result.audit is not None and result.audit.equal
    if not result.trained:
        return f"{kept} and left every weight at its initial value." if untouched else f"{kept}."
    if result.audit is None:
        return f"{kept}. The ticket’s figures are after training."
    whose = "their initial values" if untouched else "other values than the initial ones"
    return f"{kept}. The ticket holds {whose}; its figures are after training."


def _ticket_fact(record: RunRecord) -> Fact:
    result = record.result
    label = (
        f"{result.evaluated_on} {metric_words(result.metric)}"
        + (" after training" if result.trained else "")
        + ("" if result.over_draws is None else ", mean over draws")
        + ("" if result.higher_is_better else ", lower is better")
    )
    return Fact(metric_text(result.metric, result.reported), "", label, _ticket_note(record))


def _ticket_note(record: RunRecord) -> str:
    result = record.result
    read = "as it learned" if is_within_epochs(record.epochs) else "every epoch"
    how = {"validation": "chosen on validation data", "paper": f"test data read {read}, as in the paper"}
    note = how.get(result.protocol, f"protocol {result.protocol}")
    if result.chosen_epoch is None or not record.epochs:
        return note
    if result.chosen_epoch == 0 and not result.trained:
        return "not trained itself"
    when = f"epoch {epoch_text(result.chosen_epoch)} of {epoch_text(record.epochs[-1].epoch)}"
    if result.over_draws is not None:
        return f"{when}; the ticket, its most likely mask: {metric_text(result.metric, result.final_metric)}"
    if is_early_stop(record) and result.protocol == "validation":
        return f"early stop at {when}, lowest validation loss"
    return f"{when}, {note}"


def _trained_facts(record: RunRecord, compared: Comparison) -> tuple[Fact, ...]:
    """What a trained ticket is held up to, which no untrained network is, and how small it is."""
    result = record.result
    level = f"level {result.levels[-1].level}: " if result.levels else ""
    note = f"{level}{result.kept:,} of {result.prunable:,} weights, sparsity {1 - result.density:.3g}"
    return (
        *_facts_against(compared, ((compared.best_trained, "against the trained network"),)),
        Fact(density_text(result.density), "", "density", note),
    )


def _control_facts(compared: Comparison) -> tuple[Fact, ...]:
    rivals = (
        (compared.best_untrained_control, "against the best untrained control"),
        (compared.best_trained, "against the trained network"),
    )
    return _facts_against(compared, rivals)


def _facts_against(compared: Comparison, rivals: Iterable[tuple[Compared | None, str]]) -> tuple[Fact, ...]:
    return tuple(
        Fact(
            difference_text(compared.metric, compared.found.value - rival.value),
            "points" if is_share(compared.metric) else "",
            label,
            f"{rival.name}: {metric_text(compared.metric, rival.value)}",
        )
        for rival, label in rivals
        if rival is not None
    )


def _size_fact(record: RunRecord) -> Fact:
    sizes = record.result.sizes
    share = sizes.ticket_bytes / sizes.dense_fp32_bytes
    note = f"{bytes_text(sizes.ticket_bytes)} instead of {bytes_text(sizes.dense_fp32_bytes)}"
    return Fact(f"{share:.1%}", "", "of the dense network’s bytes (fp32)", note)
