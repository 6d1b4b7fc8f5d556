"""`Watch`: an eye on the process that a study is run from, so that no worker outlives it."""

import os

from tombola.training import Progress


class Watch(Progress):
    """Ends this process, within a step, when the one that began it is gone: what it was at goes on from its checkpoint.

    A study that is killed cannot end its workers, and they would hold its runs.

    Args:
        parent: the number of the process that the study is run from.
    """

    def __init__(self, parent: int) -> None:
        self._parent = parent

    def is_due(self) -> bool:
        if os.getppid() != self._parent:
            os._exit(1)  # there is nobody to tell
        return False
