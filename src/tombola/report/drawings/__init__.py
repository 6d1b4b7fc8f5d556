"""Thin drawing functions: one figure's data in, one Altair chart out."""

from tombola.report.drawings.comparison import draw_comparison
from tombola.report.drawings.curves import draw_curve
from tombola.report.drawings.first_layer import draw_input_share, draw_mask
from tombola.report.drawings.layers import draw_density, draw_live_units
from tombola.report.drawings.levels import draw_over_density, level_strokes
from tombola.report.drawings.mosaic import mosaic, png, tiles_shown
from tombola.report.drawings.scores import draw_histogram
from tombola.report.drawings.strokes import Stroke
from tombola.report.drawings.theme import DARK, LIGHT, PAGE, Theme

__all__ = [
    "DARK",
    "LIGHT",
    "PAGE",
    "Stroke",
    "Theme",
    "draw_comparison",
    "draw_curve",
    "draw_density",
    "draw_histogram",
    "draw_input_share",
    "draw_live_units",
    "draw_mask",
    "draw_over_density",
    "level_strokes",
    "mosaic",
    "png",
    "tiles_shown",
]
