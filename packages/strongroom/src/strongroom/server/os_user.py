"""The operating system's user that runs PostgreSQL's programs.

PostgreSQL refuses to run as root, so root hands its programs to another user. Nobody else
can change users, and runs them directly.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

from strongroom.errors import ServerError

USER_VARIABLE = "STRONGROOM_SERVER_USER"
OWN_NAME = "strongroom"
WELL_KNOWN_NAMES = (OWN_NAME, "postgres")


class SpawnOptions(TypedDict, total=False):
    """Arguments of ``subprocess.Popen`` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class OsUser:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        """Whether this process already runs as this user."""
        return self.uid == os.geteuid()

    def spawn_options(self) -> SpawnOptions:
        """How a child process becomes this user; nothing when we are this user already."""
        if self.is_us:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def becoming(self) -> tuple[list[str], SpawnOptions]:
        """How a program is run as this user: what its command begins with, and ``Popen``'s rest.

        A child that changes its user itself has to be forked, for which the kernel notes every
        page of ours; a program that does it is started without that. That program reaches whatever
        we reach: whether the user may run something is asked with ``spawn_options``.
        """
        if not self.is_us and (begun := _begun_by_setpriv(self.uid, self.gid)):
            return begun, {}
        return [], self.spawn_options()

    def own(self, path: Path) -> None:
        """Make the file or directory at ``path``, which we have just made, this user's."""
        if not self.is_us:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_use(self, directory: Path) -> bool:
        """Whether this user reaches ``directory`` and may make files in it."""
        if self.is_us:
            return os.access(directory, os.W_OK | os.X_OK)
        question = ["/usr/bin/test", "-w", str(directory), "-a", "-x", str(directory)]
        return (
            subprocess.run(question, check=False, cwd="/", **self.spawn_options()).returncode == 0
        )


@cache
def _begun_by_setpriv(uid: int, gid: int) -> list[str] | None:
    """How a command begins that setpriv runs; None where there is none or it is not allowed to."""
    if (setpriv := shutil.which("setpriv")) is None:
        return None
    begun = [setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--"]
    tried = subprocess.run([*begun, "true"], check=False, capture_output=True, cwd="/")
    return begun if tried.returncode == 0 else None


@cache
def server_user() -> OsUser:
    """The user that runs PostgreSQL: ourselves, or for root a user without privileges.

    Root takes the first of: ``STRONGROOM_SERVER_USER``, ``strongroom``, ``postgres``; where
    none exists, it makes the system user ``strongroom``.

    Raises:
        ServerError: there is no such user and none can be made.
    """
    if os.geteuid() != 0:
        return current_user()
    if wanted := os.environ.get(USER_VARIABLE):
        return _existing(wanted) or _fail(f"The user {wanted!r} of {USER_VARIABLE} does not exist")
    for name in WELL_KNOWN_NAMES:
        if user := _existing(name):
            return user
    return _create(OWN_NAME)


def current_user() -> OsUser:
    """The user that this process runs as."""
    uid = os.geteuid()
    try:
        return OsUser(pwd.getpwuid(uid).pw_name, uid, os.getegid())
    except KeyError:
        # Containers often run as a number without a name; libpq then wants one from us.
        return _fail(f"The user number {uid} of this process has no name in the user database")


def _existing(name: str) -> OsUser | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    if entry.pw_uid == 0:
        return _fail(f"The user {name!r} is root, and PostgreSQL refuses to run as root")
    return OsUser(name, entry.pw_uid, entry.pw_gid)


def _create(name: str) -> OsUser:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        return _fail("PostgreSQL refuses to run as root, and there is no useradd to make a user")
    shell = shutil.which("nologin", path="/usr/sbin:/sbin:/usr/bin") or "/bin/false"
    made = subprocess.run(
        [useradd, "--system", "--no-create-home", "--shell", shell, name],
        check=False,
        capture_output=True,
        text=True,
    )
    return _existing(name) or _fail(
        f"The system user {name!r} cannot be made: {made.stderr.strip()}"
    )


def _fail(what: str) -> OsUser:
    raise ServerError(
        f"{what}.", next_step=f"{USER_VARIABLE}=NAME, with a user that may run PostgreSQL"
    )
