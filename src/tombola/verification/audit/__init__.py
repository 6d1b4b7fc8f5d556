"""Audit: is what a file promises so? Everything is read and computed again."""

from tombola.verification.audit.audit import CHECKS, audit
from tombola.verification.audit.finding import Finding, passed

__all__ = ["CHECKS", "Finding", "audit", "passed"]
