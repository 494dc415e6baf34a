"""Ask or start the resident guard, with nothing loaded but what Python brings compiled.

One request a connection, both ways a header line and then bytes:
``strongroom-guard 1 HOST DIRECTORY_SIZE BODY_SIZE`` and ``neutral SIZE`` or ``judge-yourself``.
"""

from __future__ import annotations

import _socket
import os
import sys

PROTOCOL = "strongroom-guard 1"
REQUEST_TIMEOUT_S = 2.0
PLACES = ("/run/user/{}", "/tmp/.strongroom-guard-{}")  # noqa: S108  owner and mode are looked at
"""Directories of a user, by number; the last one is made where none is there."""
OFF = "STRONGROOM_GUARD_DAEMON"
"""Set to ``off`` this process neither asks nor starts a daemon; nothing gets weaker by it."""
_KIND, _DIRECTORY, _OTHERS = 0o170000, 0o040000, 0o077
_CREDENTIALS_SIZE_BYTES = 12
PEERS_ARE_KNOWN = hasattr(_socket, "SO_PEERCRED")
"""Where a system does not tell whose a peer is, nobody is asked."""


class NotServedError(Exception):
    """There is no daemon, or none that can be used; or a request or a peer is not one of ours."""


def runtime_directory() -> str:
    """A directory that only this user can enter.

    Raises:
        NotServedError: it belongs to somebody else, or is open to others.
    """
    user = os.getuid()
    there = [one for one in (place.format(user) for place in PLACES) if os.path.isdir(one)]  # noqa: PTH112  pathlib costs milliseconds
    path = there[0] if there else PLACES[-1].format(user)
    if not there:
        os.mkdir(path, 0o700)  # noqa: PTH102  the same
    found = os.lstat(path)
    if found.st_mode & _KIND != _DIRECTORY or found.st_uid != user or found.st_mode & _OTHERS:
        raise NotServedError(f"{path} is not this user's alone")
    return path


def socket_path() -> str:
    """The socket of the daemon that runs this very package with this very interpreter."""
    package = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120  the same
    number = 0xCBF29CE484222325  # FNV-1a: a name, not a secret
    for byte in f"{PROTOCOL}\0{sys.executable}\0{package}".encode(errors="surrogatepass"):
        number = (number ^ byte) * 0x100000001B3 % (1 << 64)
    return f"{runtime_directory()}/strongroom-guard-{number:016x}.sock"


def start() -> None:
    """Start a daemon beside this process, unless there is one; never raises, never waits."""
    if os.environ.get(OFF) == "off" or not PEERS_ARE_KNOWN:
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


def asks(host: str, body: bytes, directory: str) -> bytes | None:
    """Ask the daemon; its answer for the host, or None where it leaves the judging to the caller.

    Raises:
        NotServedError: there is no daemon, or none that can be used.
    """
    if os.environ.get(OFF) == "off":
        return None
    if not PEERS_ARE_KNOWN:
        raise NotServedError("this system does not tell whose a peer is")
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.settimeout(REQUEST_TIMEOUT_S)
        connection.connect(socket_path())
        same_user(connection)
        where = directory.encode(errors="surrogateescape")
        header = f"{PROTOCOL} {host} {len(where)} {len(body)}\n".encode()
        connection.sendall(header + where + body)
        return _answer(connection)
    except (OSError, ValueError) as error:
        raise NotServedError(str(error)) from error
    finally:
        connection.close()


def same_user(connection: _socket.socket) -> None:
    """Only this user's own processes ask and answer.

    Raises:
        NotServedError: the peer is another user's.
    """
    told = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, _CREDENTIALS_SIZE_BYTES)
    if int.from_bytes(told[4:8], sys.byteorder) != os.getuid():
        raise NotServedError("the peer is another user's")


def _answer(connection: _socket.socket) -> bytes | None:
    received = b""
    while more := connection.recv(65536):
        received += more
    header, _, body = received.partition(b"\n")
    if header == b"judge-yourself":
        return None
    if not header.startswith(b"neutral ") or len(body) != int(header[len(b"neutral ") :]):
        raise NotServedError("no such answer")
    return body
