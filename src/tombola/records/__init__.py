"""What runs leave behind: the fields of every record file, read as if a stranger had written them."""

from tombola.records.level_row import LevelRow
from tombola.records.run_files import (
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
from tombola.records.run_record import RunRecord
from tombola.records.study_record import StudyRecord
from tombola.records.verification_file import (
    DefinitionRow,
    EvidenceOutcome,
    EvidenceRow,
    FindingRow,
    JudgedLevel,
    Subject,
    TrialRow,
    VerificationFile,
    Word,
)
from tombola.records.verification_record import VerificationRecord

__all__ = [
    "Audit",
    "ComparisonRow",
    "DefinitionRow",
    "EpochRow",
    "EvidenceOutcome",
    "EvidenceRow",
    "FindingRow",
    "FirstLayer",
    "JudgedLevel",
    "LayerRow",
    "LevelRow",
    "ResultFile",
    "RunRecord",
    "ScoreHistogram",
    "Sizes",
    "SpecFile",
    "StudyRecord",
    "Subject",
    "TrialRow",
    "VerificationFile",
    "VerificationRecord",
    "Word",
]
