"""A resident guard, started when it is first missed, so that the parsers are loaded once.

It only ever says that something is harmless. What it would refuse it leaves to the asking process,
which judges again, uses permits and writes the ledger: so the daemon needs no rights, no secrets
and nobody's environment. Each problem with it (none there, another user's, other code, too slow)
means the same: the asking process judges by itself.

One request a connection, both ways a header line and then bytes:
``strongroom-guard 1 HOST DIRECTORY_SIZE BODY_SIZE`` and ``neutral SIZE`` or ``judge-yourself``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import stat
import struct
import sys
from pathlib import Path

PROTOCOL = "strongroom-guard 1"
IDLE_S = 900
REQUEST_TIMEOUT_S = 2.0
HEADER_SIZE_MAX_BYTES = 200
OFF = "STRONGROOM_GUARD_DAEMON"
"""Set to ``off`` this process neither asks nor starts a daemon; nothing gets weaker by it."""
_UCRED = struct.Struct("3i")


class NotServedError(Exception):
    """A request or a peer is not one of ours."""


def runtime_directory() -> Path:
    """A directory that only this user can enter.

    Raises:
        NotServedError: it belongs to somebody else, or is open to others.
    """
    user = os.getuid()
    path = Path(f"/run/user/{user}")
    if not path.is_dir():
        path = Path(f"/tmp/.strongroom-guard-{user}")  # noqa: S108  its owner and mode are looked at
        path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user or found.st_mode & 0o077:
        raise NotServedError(f"{path} is not this user's alone")
    return path


def socket_path() -> Path:
    """The socket of the daemon that runs this very package with this very interpreter."""
    whose = f"{PROTOCOL}\0{sys.executable}\0{Path(__file__).resolve().parent}"
    name = hashlib.sha256(whose.encode(errors="surrogatepass")).hexdigest()[:16]
    return runtime_directory() / f"strongroom-guard-{name}.sock"


def asks(host: str, body: bytes, directory: str) -> bytes | None:
    """Ask the daemon; its answer for the host, or None where it leaves the judging to the caller.

    Raises:
        NotServedError: there is no daemon, or none that can be used.
    """
    if os.environ.get(OFF) == "off":
        return None
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(REQUEST_TIMEOUT_S)
            connection.connect(str(socket_path()))
            _same_user(connection)
            where = directory.encode(errors="surrogateescape")
            header = f"{PROTOCOL} {host} {len(where)} {len(body)}\n".encode()
            connection.sendall(header + where + body)
            return _answer(_all_of(connection))
    except (OSError, ValueError) as error:
        raise NotServedError(str(error)) from error


def start() -> None:
    """Start a daemon beside this process, unless there is one; never raises, never waits."""
    if os.environ.get(OFF) == "off" or not hasattr(socket, "SO_PEERCRED"):
        return
    try:
        null = os.open(os.devnull, os.O_RDWR)
        os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-m", "strongroom.command_guard.daemon"],
            {"PATH": os.defpath},
            file_actions=[(os.POSIX_SPAWN_DUP2, null, target) for target in (0, 1, 2)],
            setsid=True,
        )
    except (OSError, NotImplementedError):
        return


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

    connection.settimeout(REQUEST_TIMEOUT_S)
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(DEADLINE_S, exit=True, file=nowhere)
        try:
            _same_user(connection)
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


def _answer(received: bytes) -> bytes | None:
    header, _, body = received.partition(b"\n")
    if header == b"judge-yourself":
        return None
    if not header.startswith(b"neutral ") or len(body) != int(header[len(b"neutral ") :]):
        raise NotServedError("no such answer")
    return body


def _all_of(connection: socket.socket) -> bytes:
    received = bytearray()
    while more := connection.recv(65536):
        received += more
    return bytes(received)


def _some(connection: socket.socket) -> bytes:
    more = connection.recv(1 << 20)
    if not more:
        raise NotServedError("the request ends early")
    return more


def _same_user(connection: socket.socket) -> None:
    """Only this user's own processes ask and answer."""
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    if _UCRED.unpack(told)[1] != os.getuid():
        raise NotServedError("the peer is another user's")


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
        serve(socket_path())
    except (OSError, NotServedError):
        sys.exit(1)
