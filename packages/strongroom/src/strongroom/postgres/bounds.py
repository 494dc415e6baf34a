"""How gently PostgreSQL's programs run beside a server in use, how long, and with which reach.

The bounds belong to the work that is being done and not to one call of it, so they are in force
for all that one thread starts inside ``bounded``: servers, client programs, streams.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Literal

from strongroom.errors import TimeLimitError

Io = Literal["idle", "low", "normal"]
_IO_ARGUMENTS = {"idle": ["-c3"], "low": ["-c2", "-n7"]}
_NICE_MAX = 19


@dataclass(frozen=True)
class Bounds:
    """What programs may take; nothing is bounded by default."""

    nice: int = 0
    """Added to our own niceness."""
    io: Io = "normal"
    limit_s: float | None = None
    ends_at_s: float | None = None
    """When the time is up, by ``time.monotonic``."""
    cut_off: bool = False
    """Whether servers are started without any network, where the system lets us."""


_UNBOUNDED = Bounds()
_bounds: ContextVar[Bounds] = ContextVar("bounds", default=_UNBOUNDED)


@contextmanager
def bounded(bounds: Bounds) -> Iterator[None]:
    """Keep to the bounds in all that this thread starts in the block."""
    token = _bounds.set(bounds)
    try:
        yield
    finally:
        _bounds.reset(token)


def current_bounds() -> Bounds:
    """The bounds that are in force here."""
    return _bounds.get()


def gently(command: Sequence[str]) -> list[str]:
    """The command with its niceness and its class of input and output, as the bounds say."""
    bounds = current_bounds()
    arguments = list(command)
    if bounds.io != "normal" and (ionice := shutil.which("ionice")):
        # A kernel that knows no classes only ignores them.
        arguments = [ionice, "-t", *_IO_ARGUMENTS[bounds.io], *arguments]
    if bounds.nice and (nice := shutil.which("nice")):
        arguments = [nice, "-n", str(bounds.nice), *arguments]
    return arguments


def lower_this_thread(bounds: Bounds) -> None:
    """Give the calling thread the niceness of the bounds; it keeps it until it ends."""
    if bounds.nice and os.uname().sysname == "Linux":  # elsewhere it would be the whole process
        thread_id = threading.get_native_id()
        own = os.getpriority(os.PRIO_PROCESS, thread_id)
        os.setpriority(os.PRIO_PROCESS, thread_id, min(_NICE_MAX, own + bounds.nice))


def remaining_s() -> float | None:
    """How much time is left, in seconds; None where it is not limited.

    Raises:
        TimeLimitError: none is.
    """
    require_time()
    ends_at_s = current_bounds().ends_at_s
    return None if ends_at_s is None else max(0.001, ends_at_s - monotonic())


def require_time() -> None:
    """Go on only while there is time.

    Raises:
        TimeLimitError: the time is up.
    """
    if time_is_up(current_bounds()):
        raise time_limit_error()


def time_is_up(bounds: Bounds) -> bool:
    """Whether the time of these bounds has ended."""
    return bounds.ends_at_s is not None and monotonic() >= bounds.ends_at_s


def time_limit_error(bounds: Bounds | None = None) -> TimeLimitError:
    """The error that says that the time is up."""
    limit_s = (bounds or current_bounds()).limit_s or 0
    return TimeLimitError(
        f"The time limit of {limit_s:g} s was reached, and the work was ended.",
        next_step="raise drill.max_duration_s, then the same again",
    )


def without_network(uid: int | None, gid: int | None) -> list[str] | None:
    """The start of a command that runs as this user and reaches no network.

    Sockets in directories work as ever. None where the bounds do not ask for it, or where the
    system does not let us.
    """
    if not is_cut_off():
        return None
    cut = [str(shutil.which("unshare")), "--net", "--"]
    if uid is None:
        return cut
    become = [f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--"]
    return [*cut, str(shutil.which("setpriv")), *become]


def is_cut_off() -> bool:
    """Whether servers that are started here have no network."""
    return current_bounds().cut_off and network_can_be_cut()


@cache
def network_can_be_cut() -> bool:
    """Whether this system lets us start a program without any network."""
    unshare = shutil.which("unshare")
    if unshare is None or shutil.which("setpriv") is None:
        return False
    tried = subprocess.run([unshare, "--net", "--", "true"], check=False, capture_output=True)
    return tried.returncode == 0
