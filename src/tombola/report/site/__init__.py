"""The site of a folder of results: the ledger of claims, a page a study, and a page a run; each page is one file."""

from tombola.report.site.pictures import Picture, pictures
from tombola.report.site.study_of import studies_in
from tombola.report.site.tables import StudyTable, tables
from tombola.report.site.writing import write_site

__all__ = ["Picture", "StudyTable", "pictures", "studies_in", "tables", "write_site"]
