"""The files of a cluster: making them with initdb, and the configuration that we write."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from strongroom.postgres.bounds import gently, remaining_s, time_limit_error
from strongroom.postgres.catalogue import quoted
from strongroom.server.binaries import Binaries
from strongroom.server.complaints import error_from
from strongroom.server.os_user import OsUser, current_user, server_user

ADMINISTRATOR = "strongroom_admin"
"""The role that initdb makes: superuser, without a password, only for three OS users."""
IDENTITY_MAP = "strongroom"
REMOVAL_ATTEMPTS = 100
REMOVAL_PAUSE_S = 0.1
CONFIGURATION_FILE = "strongroom.conf"
DIRECTORY = "{directory}"
"""Stands for the data directory in the arguments of ``run_program``."""
BUILTIN_LOCALES_SINCE = 17
SUMMARIES_SINCE = 17

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
    "lc_messages": "C",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "replica",
    "max_slot_wal_keep_size": "4GB",  # nobody who is away for long fills its disk
    "shared_preload_libraries": "",
}
"""What every supervised server starts from; ``[server.settings]`` has the last word."""

SCRATCH_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "archive_mode": "off",
    "autovacuum": "off",
}
"""A scratch server is removed after use: nothing in it has to survive a power cut."""


@contextmanager
def handed_over(directory: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """How PostgreSQL's programs are given a directory: its name for them, and descriptors to pass.

    The kernel's link to an open descriptor needs no rights on the directories above, follows a
    directory that is moved, and is never too long. (The link to the working directory would
    do as well from PostgreSQL 16 on; older ones leave it at start and return by its path.)
    """
    if not Path("/proc/self/fd").is_dir():
        yield str(directory), ()
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


def summaries(major: int, chosen: Mapping[str, str]) -> Mapping[str, str]:
    """Let the server note which blocks change, where it can: incremental backups live on it."""
    can = major >= SUMMARIES_SINCE and chosen.get("wal_level") != "minimal"
    return {"summarize_wal": "on"} if can else {}


def run_program(
    binaries: Binaries,
    name: str,
    arguments: Sequence[str],
    directory: Path,
    *,
    standard_input: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs on a data directory, as the server's user, to its end."""
    becoming, options = server_user().becoming()
    with handed_over(directory) as (named, descriptors), within_time() as timeout:
        told = [one.replace(DIRECTORY, named) for one in arguments]
        return subprocess.run(
            [*becoming, *gently([str(binaries.tool(name)), *told])],
            timeout=timeout,
            input=standard_input,
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env=environment(),
            pass_fds=descriptors,
            **options,
        )


@contextmanager
def within_time() -> Iterator[float | None]:
    """How long a program may run; what is ended by that has reached the time limit.

    Raises:
        TimeLimitError: the time is up.
    """
    try:
        yield remaining_s()
    except subprocess.TimeoutExpired as error:
        raise time_limit_error() from error


def environment(**extra: str) -> dict[str, str]:
    """The whole environment of a server program: nothing of ours leaks into it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **extra}


def initdb(directory: Path, binaries: Binaries, user: OsUser, *, durable: bool = True) -> None:
    """Make a cluster in ``directory``, which must not be there yet.

    Raises:
        StrongroomError: initdb failed; the error says why.
    """
    directory.mkdir(mode=0o700)
    user.own(directory)
    arguments = [
        f"--pgdata={DIRECTORY}",
        f"--username={ADMINISTRATOR}",
        "--encoding=UTF8",
        "--data-checksums",
        "--auth=peer",
        "--no-instructions",
        *_locale_arguments(binaries.major),
        *([] if durable else ["--no-sync"]),
    ]
    made = run_program(binaries, "initdb", arguments, directory)
    if made.returncode != 0:
        raise error_from(f"{made.stderr}\n{made.stdout}", doing=f"making a cluster in {directory}")
    with (directory / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\ninclude = '{CONFIGURATION_FILE}'\n")
    (directory / CONFIGURATION_FILE).touch(mode=0o600)
    user.own(directory / CONFIGURATION_FILE)
    write_access_files(directory, user)


def write_settings(directory: Path, user: OsUser, settings: Mapping[str, str]) -> None:
    """Write ``strongroom.conf``: our settings, then those given."""
    lines = ["# Written by strongroom at each start; change [server.settings] instead."]
    for name, value in {**SETTINGS, **settings}.items():
        quoted = value.replace("'", "''")
        lines.append(f"{name} = '{quoted}'")
    replace_file(directory / CONFIGURATION_FILE, "\n".join(lines) + "\n", user)


def write_access_files(directory: Path, user: OsUser, administrator: str = ADMINISTRATOR) -> None:
    """Write who may connect: administrators by their OS user, everybody else by password."""
    role = quoted(administrator)
    rules = [
        "# Written by strongroom. The socket lies in a directory of mode 0700.",
        f"local all         {role} peer map={IDENTITY_MAP}",
        f"local replication {role} peer map={IDENTITY_MAP}",
        "local all         all scram-sha-256",
        "host  all         all all scram-sha-256",
    ]
    names = dict.fromkeys((user.name, current_user().name, "root"))
    identities = [f'{IDENTITY_MAP} "{name}" {role}' for name in names]
    replace_file(directory / "pg_hba.conf", "\n".join(rules) + "\n", user)
    replace_file(directory / "pg_ident.conf", "\n".join(identities) + "\n", user)


def replace_file(path: Path, text: str, user: OsUser) -> None:
    """Write a file of the cluster whole or not at all."""
    staging = path.with_name(f"{path.name}.new")
    staging.unlink(missing_ok=True)
    with staging.open("x", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    user.own(staging)
    staging.rename(path)


def remove_cluster(directory: Path) -> None:
    """Remove a directory of our own making, with everything in it.

    A program whose parent was killed may go on writing into it for a moment (initdb does), so
    a directory that is not empty yet is tried again. Once gone, nothing can bring it back.
    """
    for _ in range(REMOVAL_ATTEMPTS):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.lexists(directory):
            return
        time.sleep(REMOVAL_PAUSE_S)


def _locale_arguments(major: int) -> list[str]:
    """A locale that sorts the same on every machine, whatever its C library."""
    if major >= BUILTIN_LOCALES_SINCE:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8", "--lc-messages=C"]
