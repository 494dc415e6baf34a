"""Where a server's socket lies: private, reachable, and with a path that is short enough."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from strongroom.errors import ServerError
from strongroom.server.directory import Postmaster
from strongroom.server.os_user import OsUser

PORT = 5432
PATH_MAX_BYTES = 107
"""Of a socket's path, on Linux; the kernel's limit."""


def socket_path(directory: Path, port: int = PORT) -> Path:
    """The socket's file in its directory."""
    return directory / f".s.PGSQL.{port}"


def prepare_socket_directory(run_directory: Path, user: OsUser) -> Path:
    """A directory of mode 0700 that belongs to the server's user.

    It lies in the run directory when its path is short enough and the server's user reaches
    it; otherwise in the system's directory for run-time files, under a name that is derived
    from the run directory's path.

    Raises:
        ServerError: someone else has made the derived directory.
    """
    near = run_directory.resolve() / "sockets"
    if len(os.fsencode(socket_path(near))) <= PATH_MAX_BYTES:
        _make_private(near, user)
        if user.can_use(near):
            return near
    far = derived_directory(run_directory)
    _make_private(far, user)
    return far


def derived_directory(run_directory: Path) -> Path:
    """Where the socket lies when the run directory will not do."""
    mark = hashlib.sha256(os.fsencode(run_directory.resolve())).hexdigest()[:16]
    return _runtime_directory() / f"strongroom-{os.geteuid()}-{mark}"


def remove_socket_directory(run_directory: Path) -> None:
    """Remove the derived directory of a stopped server, and what a killed one left in it."""
    directory = derived_directory(run_directory)
    if directory.is_dir() and not directory.is_symlink():
        socket = socket_path(directory)
        socket.unlink(missing_ok=True)
        Path(f"{socket}.lock").unlink(missing_ok=True)
        directory.rmdir()


def socket_directory_of(postmaster: Postmaster, run_directory: Path) -> Path | None:
    """Where a running server's socket really is, also after its home has been moved.

    PostgreSQL keeps a lock file beside the socket whose first line is the server's process.
    """
    near = run_directory.resolve() / "sockets"
    for directory in (postmaster.socket_directory, near, derived_directory(run_directory)):
        if directory and _lock_names(directory, postmaster):
            return directory
    return None


def _lock_names(directory: Path, postmaster: Postmaster) -> bool:
    lock = Path(f"{socket_path(directory, postmaster.port or PORT)}.lock")
    try:
        return lock.read_text(encoding="utf-8").split("\n", 1)[0] == str(postmaster.process_id)
    except OSError:
        return False


def _runtime_directory() -> Path:
    if os.geteuid() == 0 and Path("/run").is_dir():
        return Path("/run")
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())


def _make_private(directory: Path, user: OsUser) -> None:
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        found = directory.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid in {user.uid, os.geteuid()}:
            directory.chmod(0o700)
        else:
            raise ServerError(
                f"{directory} was made by somebody else, so no socket is put into it.",
                next_step=f"remove {directory}",
            ) from None
    user.own(directory)
