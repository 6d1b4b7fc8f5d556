"""From the records of a run or a verification to figures and a page; nothing here runs a search."""

from tombola.records.run_record import RunRecord
from tombola.records.verification_record import VerificationRecord
from tombola.report.levels_summary import draw_levels_summary
from tombola.report.page import render_report, write_report
from tombola.report.site import pictures, write_site
from tombola.report.summary import draw_summary
from tombola.report.verification_page import render_verification, write_verification

__all__ = [
    "RunRecord",
    "VerificationRecord",
    "draw_levels_summary",
    "draw_summary",
    "pictures",
    "render_report",
    "render_verification",
    "write_report",
    "write_site",
    "write_verification",
]
