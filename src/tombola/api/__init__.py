"""The surface: find a ticket, load one, evaluate it, verify it."""

from tombola.api.evaluate import evaluate
from tombola.api.plan import Plan, plan
from tombola.api.run import Run, execute, find, run
from tombola.api.settings import plan_of
from tombola.api.verify import Verified, verify
from tombola.api.weight_agnostic import weight_agnostic

__all__ = [
    "Plan",
    "Run",
    "Verified",
    "evaluate",
    "execute",
    "find",
    "plan",
    "plan_of",
    "run",
    "verify",
    "weight_agnostic",
]
