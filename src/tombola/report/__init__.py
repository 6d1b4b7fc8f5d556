"""From the records of a run folder to figures and a page; nothing here runs a search."""

from tombola.report.page import render_report, write_report
from tombola.report.records import RunRecord
from tombola.report.summary import draw_summary

__all__ = ["RunRecord", "draw_summary", "render_report", "write_report"]
