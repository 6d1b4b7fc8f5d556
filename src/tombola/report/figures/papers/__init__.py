"""Figures and tables of papers, as their own studies record them: one module a paper, and a registry."""

from collections.abc import Callable, Mapping

from tombola.records import StudyRecord
from tombola.report.figures.papers import bernoulli, imagenet, independent_study
from tombola.report.figures.papers.paper_figures import PaperFigure, PaperFigures, PaperTable

Builder = Callable[[tuple[StudyRecord, ...]], PaperFigures]

OF_STUDY: Mapping[str, Builder] = {
    "independent-study": independent_study.figures,
    "bernoulli-lenet": bernoulli.figure_6,
    "bernoulli": bernoulli.figure_6,
    "imagenet": imagenet.figure_8,
    "imagenet-density": imagenet.figures_9_and_10,
}


def paper_figures(study: str, records: tuple[StudyRecord, ...]) -> PaperFigures:
    """The figures and tables that the paper of a study has, of whatever data its preset takes; none for others."""
    return OF_STUDY[study](records) if study in OF_STUDY else PaperFigures()


__all__ = ["OF_STUDY", "PaperFigure", "PaperFigures", "PaperTable", "paper_figures"]
