"""The page of a run, and of a verification: what each part of it is filled with."""

from tombola.report.run.page import render_report, write_report
from tombola.report.run.verification_page import render_verification, write_verification

__all__ = ["render_report", "render_verification", "write_report", "write_verification"]
