"""The studies of papers: one module each."""

from collections.abc import Mapping

from tombola.studies.papers import imagenet, independent_study, lottery_ticket, supermasks, whats_hidden
from tombola.studies.study import Study

PAPERS: Mapping[str, Study] = {
    study.name: study
    for module in (whats_hidden, imagenet, lottery_ticket, independent_study, supermasks)
    for study in module.STUDIES
}
