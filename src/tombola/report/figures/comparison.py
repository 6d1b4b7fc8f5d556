"""The ticket beside its controls."""

from dataclasses import dataclass

from tombola.records.base import real
from tombola.records.run_record import RunRecord
from tombola.report.words import is_share


@dataclass(frozen=True)
class Compared:
    """One network of the comparison.

    Attributes:
        value: its metric on the split compared on; `loss` the same of the loss.
        share: `value` as a fraction of the longest bar, in [0, 1].
        is_ticket: whether this is what the run found: the ticket, and its masks where they are drawn at random.
    """

    name: str
    weights: str
    density: float
    kept: int
    value: float
    loss: float | None
    share: float
    is_ticket: bool


@dataclass(frozen=True)
class Comparison:
    """The networks compared, what the run found first, on one metric of one split."""

    split: str
    metric: str
    higher_is_better: bool
    rows: tuple[Compared, ...]
    chance: float | None
    full: float

    @property
    def found(self) -> Compared:
        """What the run found: the ticket, or the mean over draws where its mask is drawn at random."""
        return self.rows[0]

    @property
    def best_untrained_control(self) -> Compared | None:
        """The strongest network that nobody trained or searched: what the ticket has to beat."""
        return self._best([row for row in self.rows if not row.is_ticket and row.weights != "trained"])

    @property
    def best_trained(self) -> Compared | None:
        """The strongest trained network: what the ticket is held up to."""
        return self._best([row for row in self.rows if not row.is_ticket and row.weights == "trained"])

    def _best(self, rows: list[Compared]) -> Compared | None:
        choose = max if self.higher_is_better else min
        return choose(rows, key=lambda row: row.value, default=None)


def comparison(record: RunRecord) -> Comparison:
    """The comparison of a run; a run that recorded none is compared with nothing, its ticket stands alone.

    Where masks are drawn at random their mean comes first, and the ticket, which is the most likely mask, second. Bars
    of accuracies are fractions of 1, those of other metrics of the largest value shown; a value below 0 has none.
    """
    result = record.result
    key, loss_key = result.metric_key, result.loss_key
    networks = [
        (row.name, row.weights, row.density, row.kept, row.measured(key), row.measured(loss_key))
        for row in result.comparison
    ] or [(record.name("method"), "", result.density, result.kept, result.final_metric, result.measured(loss_key))]
    drawn = [] if result.over_draws is None else [_drawn(record)]
    found = len(drawn) + 1  # rows of what the run found
    values = [value for *_, value, _ in (*drawn, *networks) if value is not None]
    full = 1.0 if is_share(result.metric) else max(values) if max(values) > 0 else 1.0
    rows = tuple(
        Compared(name, weights, density, kept, value, loss, min(1.0, max(0.0, value) / full), is_ticket=index < found)
        for index, (name, weights, density, kept, value, loss) in enumerate((*drawn, *networks))
        if value is not None
    )
    return Comparison(result.evaluated_on, result.metric, result.higher_is_better, rows, result.chance, full)


def _drawn(record: RunRecord) -> tuple[str, str, float, int, float | None, float | None]:
    """The mean over draws, as one of the networks compared."""
    result = record.result
    density = real(result.figures.get("density_expected_of_draws"))
    share = result.density if density is None else min(1.0, max(0.0, density))
    weights = result.comparison[0].weights if result.comparison else ""
    return "mean over draws", weights, share, round(share * result.prunable), result.over_draws, result.reported_loss
