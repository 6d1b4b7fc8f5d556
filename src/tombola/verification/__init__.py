"""Is a ticket what it claims to be? Shares no code with the search."""

from tombola.verification.audit import Finding, audit, passed
from tombola.verification.controls import CONTROLS, Control, control_named
from tombola.verification.controls.masks import DENSE
from tombola.verification.definition import (
    CHANCE,
    DEFINITIONS,
    SUPERMASK,
    Condition,
    Definition,
    definition_named,
    lottery_ticket,
)
from tombola.verification.evidence import Evidence
from tombola.verification.home import home_of
from tombola.verification.isolation import Bench
from tombola.verification.not_applicable import NotApplicable
from tombola.verification.record import TrialFolder
from tombola.verification.setting import Setting, setting_of
from tombola.verification.statistics import Interval, Paired, paired
from tombola.verification.subjects import Subjects, subjects_of
from tombola.verification.summary import summary
from tombola.verification.trials import TICKET, Trial
from tombola.verification.verdict import Verdict, decide
from tombola.verification.verification import LevelVerdict, Verification
from tombola.verification.weight_agnostic import VALUES, SharedValue, WeightAgnosticScores, weight_agnostic

__all__ = [
    "CHANCE",
    "CONTROLS",
    "DEFINITIONS",
    "DENSE",
    "SUPERMASK",
    "TICKET",
    "VALUES",
    "Bench",
    "Condition",
    "Control",
    "Definition",
    "Evidence",
    "Finding",
    "Interval",
    "LevelVerdict",
    "NotApplicable",
    "Paired",
    "Setting",
    "SharedValue",
    "Subjects",
    "Trial",
    "TrialFolder",
    "Verdict",
    "Verification",
    "WeightAgnosticScores",
    "audit",
    "control_named",
    "decide",
    "definition_named",
    "home_of",
    "lottery_ticket",
    "paired",
    "passed",
    "setting_of",
    "subjects_of",
    "summary",
    "weight_agnostic",
]
