"""Charts in a sentence, for readers who do not see them."""

from tombola.report.figures import Curve, DensityLine, Histogram, LayerBar, OverDensity
from tombola.report.words import density_text, epoch_text, measure_text, metric_text, metric_words


def curve_words(curve: Curve) -> str:
    """A curve where it ends, and the epoch that was chosen."""
    last = curve.points[-1].epoch
    parts = [
        f"{data} {metric_text(curve.quantity, value)}"
        for data in ("train", curve.held_out)
        if data and (value := curve.at(last, data)) is not None
    ]
    after = f"after epoch {epoch_text(last)}: {', '.join(parts)}"
    return f"{metric_words(curve.quantity)} over the epochs; {after}{_chosen_words(curve)}."


def _chosen_words(curve: Curve) -> str:
    if curve.chosen_epoch is None:
        return ""
    epoch = epoch_text(curve.chosen_epoch)
    return f"; early stop at epoch {epoch}" if curve.early_stop else f"; epoch {epoch} was chosen"


def density_words(bars: tuple[LayerBar, ...]) -> str:
    """Every layer's density."""
    return "Density per layer: " + ", ".join(f"{bar.name} {bar.density:.3g}" for bar in bars) + "."


def live_words(bars: tuple[LayerBar, ...]) -> str:
    """Every layer's live units."""
    return "Live units per layer: " + ", ".join(f"{bar.name} {bar.live_units} of {bar.units}" for bar in bars) + "."


def histogram_words(histogram: Histogram) -> str:
    """The range of a layer's scores, and how many weights are on each side."""
    low, high = histogram.bins[0].low, histogram.bins[-1].high
    return (
        f"Scores of {histogram.name} from {low:.3g} to {high:.3g}: "
        f"{histogram.kept:,} weights kept, {histogram.removed:,} removed."
    )


def over_density_words(figure: OverDensity) -> str:
    """Where each line begins and ends, and the whole network."""
    dense = "" if figure.dense is None else f"; the dense network: {measure_text(figure.quantity, figure.dense)}"
    lines = "; ".join(_line_words(line, figure.quantity) for line in figure.lines if line.points)
    return f"{figure.title} over density: {lines}{dense}."


def _line_words(line: DensityLine, quantity: str) -> str:
    ends = dict.fromkeys((line.points[0], line.points[-1]))
    return f"{line.name} " + " and ".join(
        f"{measure_text(quantity, point.value)} at density {density_text(point.density)}" for point in ends
    )
