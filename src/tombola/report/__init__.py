"""From records to figures and pages: of a run, of a verification, of studies; nothing here runs a search."""

from tombola.records.run_record import RunRecord
from tombola.records.verification_record import VerificationRecord
from tombola.report.levels_summary import draw_levels_summary
from tombola.report.run import render_report, render_verification, write_report, write_verification
from tombola.report.site import pictures, studies_in, tables, write_site
from tombola.report.summary import draw_summary

__all__ = [
    "RunRecord",
    "VerificationRecord",
    "draw_levels_summary",
    "draw_summary",
    "pictures",
    "render_report",
    "render_verification",
    "studies_in",
    "tables",
    "write_report",
    "write_site",
    "write_verification",
]
