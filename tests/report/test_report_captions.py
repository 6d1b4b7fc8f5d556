"""What captions count."""

from tests.claims.judged_records import record

from tombola.claims import Evidence
from tombola.report.figures.papers.scale import seed_count_text
from tombola.report.site.captions import times_text


def test_replicates_are_counted_by_their_whole_place() -> None:
    two = [record("a", "runs", 0, 0.5, width=width) for width in (6532, 11090)]
    assert len({each.place for each in two}) == 1, "six digits of their hashes are the same"
    assert times_text(two) == "1"
    assert seed_count_text(two) == "1 seed"
    assert Evidence((two[0], two[1].model_copy(update={"result": None, "outcome": "diverged"}))).lost == 0
