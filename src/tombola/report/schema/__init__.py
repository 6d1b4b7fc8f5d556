"""The fields of the record files, checked as if a stranger had written them."""

from tombola.report.schema.levels import LevelRow
from tombola.report.schema.run import (
    Audit,
    ComparisonRow,
    EpochRow,
    FirstLayer,
    LayerRow,
    ResultFile,
    ScoreHistogram,
    Sizes,
    SpecFile,
)
from tombola.report.schema.verification import (
    DefinitionRow,
    EvidenceRow,
    FindingRow,
    JudgedLevel,
    Outcome,
    Subject,
    TrialRow,
    VerificationFile,
    Word,
)

__all__ = [
    "Audit",
    "ComparisonRow",
    "DefinitionRow",
    "EpochRow",
    "EvidenceRow",
    "FindingRow",
    "FirstLayer",
    "JudgedLevel",
    "LayerRow",
    "LevelRow",
    "Outcome",
    "ResultFile",
    "ScoreHistogram",
    "Sizes",
    "SpecFile",
    "Subject",
    "TrialRow",
    "VerificationFile",
    "Word",
]
