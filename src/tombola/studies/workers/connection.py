"""A connection to a Ray cluster, and what is said where there is none."""

import logging
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tombola.errors import UsageError

SECONDS_TO_ANSWER = 10.0


def need_ray() -> None:
    """Raise a UsageError where Ray is not installed."""
    try:
        import ray  # noqa: F401
    except ImportError as error:
        raise UsageError("--cluster needs Ray: pip install 'tombola[cluster]'") from error


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """The module `ray`, connected; one that the caller has connected before is used, and left as it is.

    Args:
        address: of the cluster; `local` starts one of this machine, which ends with the connection.

    Raises:
        UsageError: where no cluster answers.
    """
    need_ray()
    import ray

    if ray.is_initialized():
        yield ray
        return
    _connect(ray, address)
    try:
        yield ray
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str) -> None:
    own: dict[str, Any] = {}
    if address == "local":
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else it tells its makers that it was started
        own = {"include_dashboard": False}
    logging.getLogger("ray").setLevel(logging.ERROR)  # else it tells how it is protected each time
    try:
        _check_answers(address)
        ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, **own)
    except (OSError, ValueError, RuntimeError, ray.exceptions.RayError) as error:  # of the first, ConnectionError
        reason = re.split(r"\.\s|\.?$", str(error) or type(error).__name__, maxsplit=1, flags=re.MULTILINE)[0]
        raise UsageError(
            f"no Ray cluster at {address!r} ({reason}): expected auto, HOST:PORT, ray://HOST:10001, or local"
        ) from error


def _check_answers(address: str) -> None:
    """Ask whether anything is there: Ray itself goes on asking for minutes."""
    if found := re.fullmatch(r"(?:ray://)?([^:/]+):(\d{1,5})", address):
        socket.create_connection((found[1], int(found[2])), timeout=SECONDS_TO_ANSWER).close()
