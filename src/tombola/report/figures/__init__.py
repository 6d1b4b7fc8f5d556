"""Figure data: pure functions from records to small values, apart from how they are drawn."""

from tombola.report.figures.comparison import Compared, Comparison, comparison
from tombola.report.figures.curves import Curve, CurvePoint, curves, is_early_stop, is_within_epochs
from tombola.report.figures.evidence import EvidenceLine, evidence_lines
from tombola.report.figures.first_layer import FirstLayerPicture, block_means, first_layer_picture
from tombola.report.figures.headline import Fact, Headline, headline
from tombola.report.figures.layers import LayerBar, layer_bars
from tombola.report.figures.learning import learning_words
from tombola.report.figures.levels import LevelPoint, level_curves, level_points
from tombola.report.figures.measured import Measured, measured
from tombola.report.figures.networks import judged_levels, level_tables, network_curves, network_rows
from tombola.report.figures.over_density import DensityLine, DensityPoint, OverDensity, TheirTicket
from tombola.report.figures.scores import Histogram, HistogramBin, histograms
from tombola.report.figures.settings import Setting, settings
from tombola.report.figures.sizes import SizeBar, size_bars
from tombola.report.figures.spread import Spread, spread
from tombola.report.figures.thinning import thinned
from tombola.report.figures.verdict import levels_sentence, verification_headline

__all__ = [
    "Compared",
    "Comparison",
    "Curve",
    "CurvePoint",
    "DensityLine",
    "DensityPoint",
    "EvidenceLine",
    "Fact",
    "FirstLayerPicture",
    "Headline",
    "Histogram",
    "HistogramBin",
    "LayerBar",
    "LevelPoint",
    "Measured",
    "OverDensity",
    "Setting",
    "SizeBar",
    "Spread",
    "TheirTicket",
    "block_means",
    "comparison",
    "curves",
    "evidence_lines",
    "first_layer_picture",
    "headline",
    "histograms",
    "is_early_stop",
    "is_within_epochs",
    "judged_levels",
    "layer_bars",
    "learning_words",
    "level_curves",
    "level_points",
    "level_tables",
    "levels_sentence",
    "measured",
    "network_curves",
    "network_rows",
    "settings",
    "size_bars",
    "spread",
    "thinned",
    "verification_headline",
]
