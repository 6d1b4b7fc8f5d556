"""Charts in a sentence, for readers who do not see them."""

from tombola.report.figures import Curve, Histogram, LayerBar
from tombola.report.words import metric_text, metric_words


def curve_words(curve: Curve) -> str:
    """A curve where it ends, and the epoch that was chosen."""
    last = curve.points[-1].epoch
    parts = [
        f"{data} {metric_text(curve.quantity, value)}"
        for data in ("train", curve.held_out)
        if data and (value := curve.at(last, data)) is not None
    ]
    chosen = f"; epoch {curve.chosen_epoch} was chosen" if curve.chosen_epoch is not None else ""
    return f"{metric_words(curve.quantity)} over the epochs; after epoch {last}: {', '.join(parts)}{chosen}."


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
