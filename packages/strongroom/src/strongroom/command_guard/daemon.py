"""A resident guard, started when it is first missed, so that the parsers are loaded once.

It only ever says that something is harmless. What it would refuse it leaves to the asking process,
which judges again, uses permits and writes the ledger: so the daemon needs no rights, no secrets
and nobody's environment. Each problem with it (none there, another user's, other code, too slow)
means the same: the asking process judges by itself.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
from pathlib import Path

from strongroom.command_guard import resident
from strongroom.command_guard.resident import PROTOCOL, NotServedError, same_user, socket_path

IDLE_S = 900
HEADER_SIZE_MAX_BYTES = 200


def serve(path: Path, *, idle_s: float = IDLE_S) -> None:
    """Answer until nobody has asked for a while, or the code has changed.

    Only one process serves a path; another one that tries returns at once.
    """
    with path.with_suffix(".lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        code = _Code()
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listening:
            before = os.umask(0o177)
            try:
                listening.bind(str(path))
            finally:
                os.umask(before)
            listening.listen(64)
            listening.settimeout(idle_s)
            try:
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        if not code.is_as_loaded():
                            return  # whoever asked judges by itself, and starts a new daemon
                        _serve_one(connection)
            except TimeoutError:
                pass
            finally:
                path.unlink(missing_ok=True)


def _serve_one(connection: socket.socket) -> None:
    import faulthandler  # noqa: PLC0415  only where it serves

    from strongroom.command_guard.hook import DEADLINE_S  # noqa: PLC0415  the same

    connection.settimeout(resident.REQUEST_TIMEOUT_S)
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(DEADLINE_S, exit=True, file=nowhere)
        try:
            same_user(connection)
            answer = _judged(connection)
            told = b"judge-yourself\n" if answer is None else b"neutral %d\n" % len(answer)
            connection.sendall(told + (answer or b""))
        except (OSError, ValueError, NotServedError):
            return
        finally:
            faulthandler.cancel_dump_traceback_later()


def _judged(connection: socket.socket) -> bytes | None:
    from strongroom.command_guard.hosts.answering import SIZE_MAX_BYTES, neutral  # noqa: PLC0415

    received = bytearray()
    while b"\n" not in received:
        if len(received) > HEADER_SIZE_MAX_BYTES:
            raise NotServedError("no header")
        received += _some(connection)
    header, _, rest = bytes(received).partition(b"\n")
    *protocol, host, directory_size, body_size = header.decode("ascii").split(" ")
    sizes = int(directory_size), int(body_size)
    if " ".join(protocol) != PROTOCOL or min(sizes) < 0 or sum(sizes) > SIZE_MAX_BYTES * 2:
        raise NotServedError("another protocol")
    received = bytearray(rest)
    while len(received) < sum(sizes):
        received += _some(connection)
    where = bytes(received[: sizes[0]]).decode(errors="surrogateescape")
    return neutral(host, bytes(received[sizes[0] : sum(sizes)]), where)


def _some(connection: socket.socket) -> bytes:
    more = connection.recv(1 << 20)
    if not more:
        raise NotServedError("the request ends early")
    return more


class _Code:
    """The files that this process has loaded: whether they are still the same."""

    def __init__(self) -> None:
        from strongroom.command_guard.hosts.answering import neutral  # noqa: PLC0415

        # A real judgement loads everything that later ones need.
        neutral(
            "gemini", b'{"tool_name": "run_shell_command", "tool_input": {"command": "x $y"}}', "/"
        )
        self._known: dict[str, tuple[int, int, int]] = {}
        self.is_as_loaded()

    def is_as_loaded(self) -> bool:
        """Whether no file changed since it was first seen; one that is gone has changed."""
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if not name.startswith("strongroom") or path is None:
                continue
            try:
                found = os.stat(path)  # noqa: PTH116  quicker, and there are many
            except OSError:
                return False
            stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
            if self._known.setdefault(path, stamp) != stamp:
                return False
        return True


if __name__ == "__main__":
    try:
        serve(Path(socket_path()))
    except (OSError, NotServedError):
        sys.exit(1)
