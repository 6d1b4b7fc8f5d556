"""Figure data: pure functions from records to small values, apart from how they are drawn."""

from tombola.report.figures.comparison import Compared, Comparison, comparison
from tombola.report.figures.curves import Curve, CurvePoint, curves
from tombola.report.figures.first_layer import FirstLayerPicture, block_means, first_layer_picture
from tombola.report.figures.headline import Fact, Headline, headline
from tombola.report.figures.layers import LayerBar, layer_bars
from tombola.report.figures.scores import Histogram, HistogramBin, histograms
from tombola.report.figures.settings import Setting, settings
from tombola.report.figures.sizes import SizeBar, size_bars

__all__ = [
    "Compared",
    "Comparison",
    "Curve",
    "CurvePoint",
    "Fact",
    "FirstLayerPicture",
    "Headline",
    "Histogram",
    "HistogramBin",
    "LayerBar",
    "Setting",
    "SizeBar",
    "block_means",
    "comparison",
    "curves",
    "first_layer_picture",
    "headline",
    "histograms",
    "layer_bars",
    "settings",
    "size_bars",
]
