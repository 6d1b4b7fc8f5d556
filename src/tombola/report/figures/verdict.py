"""The few numbers of a verification that a reader wants first."""

from tombola.records import EvidenceRow, JudgedLevel
from tombola.records.verification_record import VerificationRecord
from tombola.report.figures.headline import Fact, Headline
from tombola.report.figures.networks import judged_levels, ticket_spread
from tombola.report.words import density_text, gap_text, is_share, measure_text, metric_words
from tombola.verification import DENSE


def verification_headline(record: VerificationRecord) -> Headline:
    """What was verified, what came out, and the ticket's figures at the density that counts."""
    file, judged = record.file, shown_level(record)
    after = " after training" if file.trained else ""
    sentence = (
        f"{file.subject.name}, found by {file.method}: {file.verdict} by the definition “{file.definition.name}”."
    )
    facts = (
        Fact(file.verdict, "", "verdict", _of_levels(record)),
        Fact(density_text(judged.density), "", _density_label(record), f"{judged.kept:,} weights{_level(judged)}"),
        *_metric_fact(record, judged, f"{file.evaluated_on} {metric_words(file.metric)}{after}"),
        *_dense_fact(record, judged),
    )
    return Headline(f"{file.model} on {file.data}", sentence, facts)


def shown_level(record: VerificationRecord) -> JudgedLevel:
    """The smallest density that wins; where none does, the smallest."""
    found = judged_levels(record)
    return next((judged for judged in reversed(found) if judged.verdict == "winning"), found[-1])


def levels_sentence(record: VerificationRecord) -> str:
    """How many levels win, how far down, and whether the last does; empty where there is but one."""
    levels, last = record.file.levels, judged_levels(record)[-1]
    winning = sum(judged.verdict == "winning" for judged in levels)
    if len(levels) == 1:
        return ""
    if not winning:
        return f"None of {len(levels)} levels is winning."
    of = f"{winning} of {len(levels)} levels {'is' if winning == 1 else 'are'} winning"
    smallest = f"{of}; the smallest density among them is {density_text(shown_level(record).density)}."
    if last.verdict == "winning":
        return smallest
    return f"{smallest} The last, at density {density_text(last.density)}, is {last.verdict}."


def _of_levels(record: VerificationRecord) -> str:
    levels = record.file.levels
    replicates = f"{record.file.replicates} replicate{'' if record.file.replicates == 1 else 's'}"
    if len(levels) == 1:
        return replicates
    return f"{sum(judged.verdict == 'winning' for judged in levels)} of {len(levels)} levels win, {replicates}"


def _density_label(record: VerificationRecord) -> str:
    if len(record.file.levels) == 1:
        return "density"
    return "smallest density that wins" if shown_level(record).verdict == "winning" else "smallest density"


def _level(judged: JudgedLevel) -> str:
    return "" if judged.level is None else f", level {judged.level}"


def _metric_fact(record: VerificationRecord, judged: JudgedLevel, label: str) -> tuple[Fact, ...]:
    found = ticket_spread(record, judged)
    if found is None:
        return ()
    mean = f"mean of {found.replicates} replicates" if found.replicates > 1 else "of one replicate"
    where = f", at density {density_text(judged.density)}" if len(record.file.levels) > 1 else ""
    return (Fact(measure_text(record.file.metric, found.mean), "", label, mean + where),)


def _dense_fact(record: VerificationRecord, judged: JudgedLevel) -> tuple[Fact, ...]:
    measures = ("metric", record.file.metric)
    row = next((row for row in judged.evidence if row.control == DENSE and row.measure in measures), None)
    if row is None or row.difference is None:
        return ()
    unit = "points" if is_share(record.file.metric) else ""
    return (
        Fact(gap_text(record.file.metric, row.difference), unit, "against the dense network", _interval(record, row)),
    )


def _interval(record: VerificationRecord, row: EvidenceRow) -> str:
    if row.low is None or row.high is None:
        return "without an interval"
    percent = f"{100 * (row.confidence or record.confidence):g}%"
    ends = (gap_text(record.file.metric, end) for end in (row.low, row.high))
    return f"{percent} interval {' to '.join(ends)}"
