"""The few numbers a reader wants first, and the sentence that says what was found."""

from dataclasses import dataclass

from tombola.report.figures.comparison import Comparison, comparison
from tombola.report.records import RunRecord
from tombola.report.words import bytes_text, difference_text, is_share, metric_text, metric_words


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
    facts = (_ticket_fact(record), *_control_facts(compared), _size_fact(record))
    return Headline(f"{record.name('model')} on {record.name('data')}", _sentence(record), facts)


def _sentence(record: RunRecord) -> str:
    result = record.result
    kept = (
        f"{record.name('method')} kept {result.kept:,} of {result.prunable:,} prunable weights "
        f"(density {result.density:g}, sparsity {1 - result.density:g})"
    )
    untouched = result.audit is not None and result.audit.equal
    return f"{kept} and left every weight at its initial value." if untouched else f"{kept}."


def _ticket_fact(record: RunRecord) -> Fact:
    result = record.result
    how = {"validation": "chosen on validation data", "paper": "test data read every epoch, as in the paper"}
    note = how.get(result.protocol, f"protocol {result.protocol}")
    if result.chosen_epoch is not None and record.epochs:
        note = f"epoch {result.chosen_epoch} of {record.epochs[-1].epoch}, {note}"
    label = f"{result.evaluated_on} {metric_words(result.metric)}" + (
        "" if result.higher_is_better else ", lower is better"
    )
    return Fact(metric_text(result.metric, result.final_metric), "", label, note)


def _control_facts(compared: Comparison) -> tuple[Fact, ...]:
    rivals = (
        (compared.best_untrained_control, "against the best untrained control"),
        (compared.best_trained, "against the trained network"),
    )
    return tuple(
        Fact(
            difference_text(compared.metric, compared.ticket.value - rival.value),
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
