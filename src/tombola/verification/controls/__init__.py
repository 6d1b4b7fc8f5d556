"""Controls: ablations of a ticket, each a ticket itself."""

from tombola.verification.controls.control import Control
from tombola.verification.controls.registry import CONTROLS, control_named

__all__ = ["CONTROLS", "Control", "control_named"]
