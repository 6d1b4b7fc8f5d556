"""One file per way of finding a ticket, over one engine."""

from tombola.search.edge_popup import EdgePopup
from tombola.search.engine import search
from tombola.search.job import Found, Job, Method, Workspace
from tombola.search.registry import METHODS, method_named

__all__ = ["METHODS", "EdgePopup", "Found", "Job", "Method", "Workspace", "method_named", "search"]
