"""What the figures of a study show, said of its records themselves."""

from collections import Counter
from collections.abc import Iterable

from tombola.claims.published import Certainty
from tombola.records import StudyRecord
from tombola.report.figures import OverDensity
from tombola.report.figures.series import Series
from tombola.report.site.study_of import StudyOf


def caption(study: StudyOf, figures: Iterable[Series] = (), levels: Iterable[OverDensity] = ()) -> str:
    """What the figures show, said of the records themselves."""
    records, times = study.records, times_text(study.records)
    data = sorted({record.name("data") for record in records})
    broken = sum(record.result is None for record in records)
    text = (
        f"{len(records)} runs of {study.models} on {' and '.join(data)}, preset {study.preset}, "
        f"{times} replicate{'s' * (times != '1')}: means, and one standard deviation on each side."
    )
    drawn = tuple(figures)
    theirs = [each for figure in levels for each in figure.theirs]
    told = [each.told for figure in drawn for each in figure.theirs] + [each.told for each in theirs]
    text += published_words(each.certainty for each in told)
    if any(each.value is not None and each.told.value != each.value for each in theirs):
        text += " What they tell beside another network is drawn beside ours of that kind."
    if any(figure.rules for figure in drawn):
        text += " Solid across, in grey: what does not vary over the axis."
    if any(figure.across and not figure.rules for figure in drawn):
        text += " What does not vary over the axis stands in the table alone."
    if any(record.measured.controls is not None for record in records):
        text += " Across, where all searches began with one: the dense network."
        text += " In isolation: trained once more, as the controls beside it."
    if any(record.result is not None and record.result.over_draws is not None for record in records):
        text += " Of masks that are drawn at random, the mean over draws."
    return text if not broken else f"{text} {broken} of them diverged or collapsed, and have no point."


def published_words(certainties: Iterable[Certainty | None]) -> str:
    """What is said of published values that are drawn, given how sure each is; nothing where there are none.

    >>> published_words(["memory", "author", None])
    ' Dashed, or hollow points: published values, of their source’s own data and length; 1 of 2 from memory.'
    """
    known = [certainty for certainty in certainties if certainty is not None]
    unsure = known.count("memory")
    memory = f"; {unsure} of {len(known)} from memory" if unsure else ""
    return (
        f" Dashed, or hollow points: published values, of their source’s own data and length{memory}." if known else ""
    )


def times_text(records: Iterable[StudyRecord]) -> str:
    """How often each run was run: `3`, or `3 to 10`."""
    counts = Counter(record.whole_place for record in records).values()
    least, most = min(counts, default=0), max(counts, default=0)
    return str(most) if least == most else f"{least} to {most}"
