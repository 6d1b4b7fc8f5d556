"""What a study measures of each finished run; one file each, and a registry."""

from tombola.studies.measures.measure import Finished, Measure
from tombola.studies.measures.registry import MEASURES, measure_named

__all__ = ["MEASURES", "Finished", "Measure", "measure_named"]
