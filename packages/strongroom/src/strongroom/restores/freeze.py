"""First aid when something has just been lost: stop everything, and copy the cluster aside.

Rows that were deleted are still in the files until vacuum removes them, and reading sessions
remove them too. So nobody is asked and nothing is judged: the server is stopped, its directory
is copied byte by byte before anything else, and then it lets no application in and never
vacuums by itself, until it is thawed.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from psycopg import sql

from strongroom.config import Configuration
from strongroom.drills import FreeBytes, free_bytes_at
from strongroom.errors import FrozenError, NoSpaceError
from strongroom.identity.files import write_whole
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT, Progress
from strongroom.restores.plan import supervised
from strongroom.restores.swap import new_swap_id, one_at_a_time
from strongroom.server import cluster
from strongroom.server.binaries import Binaries
from strongroom.server.complaints import error_from
from strongroom.server.directory import inspect_directory, not_a_cluster
from strongroom.server.exchange import sync_directory
from strongroom.server.os_user import server_user
from strongroom.server.scratch import copy_file
from strongroom.server.supervisor import Supervisor, binaries_of

JOURNAL_NAME = "frozen.json"
FREEZE_STEPS = ("freeze.journalled", "freeze.stopped", "freeze.copied", "freeze.closed")
NOT_COPIED = frozenset({"postmaster.pid", "postmaster.opts"})

_CLOSE = "ALTER SYSTEM SET autovacuum = off;\nALTER DATABASE {} ALLOW_CONNECTIONS false;\n"
_OPEN = "ALTER DATABASE {} ALLOW_CONNECTIONS true;\nALTER SYSTEM RESET autovacuum;\n"


@dataclass(frozen=True)
class Frozen:
    """A database that nobody gets into, and the copy of its files."""

    since: str
    data_directory: Path
    copy: Path
    size_bytes: int

    def as_dict(self) -> dict[str, object]:
        """The outcome as shown by ``--json``."""
        return {**asdict(self), "frozen": True}


def freeze(
    configuration: Configuration,
    *,
    progress: Progress = SILENT,
    free_bytes: FreeBytes = free_bytes_at,
) -> Frozen:
    """Stop the server, copy its files aside, and let nobody in any more; repeating goes on.

    The copy is at rest below ``kept``, and is never removed by us.

    Raises:
        FrozenError: it is frozen already.
        NoSpaceError: the copy would not fit; the server was stopped and nothing else.
        ServerError: there is no cluster.
    """
    if configuration.server is None:
        raise FrozenError(
            f"The database {configuration.database} is on a server that others run, which "
            "strongroom cannot stop.",
            next_step="stop what writes to it, and copy that server's files before vacuum runs",
        )
    settings = configuration.server
    facts = inspect_directory(settings.data_directory)
    if facts.kind != "cluster":
        raise not_a_cluster(facts)
    with one_at_a_time(configuration):
        begun = frozen_since(configuration)
        if begun is not None and begun["done"]:
            raise FrozenError(
                f"The database has been frozen since {begun['since']}; its copy is at "
                f"{begun['copy']}.",
                next_step="strongroom freeze --thaw",
            )
        swap_id = new_swap_id()
        since = datetime.now(UTC).isoformat(timespec="seconds")
        copy = configuration.kept_directory / f"{swap_id}-frozen"
        _write(configuration, since, copy, done=False)
        progress.step("freeze.journalled")
        supervisor = Supervisor(settings, progress=progress)
        with supervisor.exclusive(force=True):
            progress.step("freeze.stopped")
            size_bytes = _copy_aside(settings.data_directory, copy, free_bytes)
            progress.step("freeze.copied")
            _said_alone(configuration, _CLOSE)
            _write(configuration, since, copy, done=True)
            progress.step("freeze.closed")
        ledger_of(configuration).record(
            "freeze", copy=str(copy.relative_to(configuration.directory)), size_bytes=size_bytes
        )
    return Frozen(since, settings.data_directory, copy, size_bytes)


def thaw(configuration: Configuration, *, progress: Progress = SILENT) -> Path:
    """Let applications in again, and vacuum work; the copy stays. Return where it is.

    Raises:
        FrozenError: it is not frozen.
    """
    with one_at_a_time(configuration):
        begun = frozen_since(configuration)
        if begun is None:
            raise FrozenError("The database is not frozen.", next_step="strongroom check")
        supervisor = Supervisor(supervised(configuration), progress=progress)
        with supervisor.exclusive(force=True):
            _said_alone(configuration, _OPEN)
            _journal(configuration).unlink()
            sync_directory(configuration.state_cache)
        ledger_of(configuration).record("thaw", copy=str(begun["copy"]))
    return Path(str(begun["copy"]))


def frozen_since(configuration: Configuration) -> dict[str, object] | None:
    """Read since when the database has been frozen, and where its copy is; None if it is not.

    Raises:
        FrozenError: the journal cannot be read.
    """
    path = _journal(configuration)
    try:
        document: dict[str, object] = json.loads(path.read_bytes())
        return {name: document[name] for name in ("since", "copy", "done")}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise FrozenError(
            f"The journal {path} is damaged.",
            next_step=f"strongroom ledger show tells of the freeze; then move {path} aside",
        ) from error


def _write(configuration: Configuration, since: str, copy: Path, *, done: bool) -> None:
    document = {"since": since, "copy": str(copy), "done": done}
    write_whole(_journal(configuration), json.dumps(document).encode())


def _journal(configuration: Configuration) -> Path:
    return configuration.state_cache / JOURNAL_NAME


def _copy_aside(data: Path, target: Path, free_bytes: FreeBytes) -> int:
    """Copy a cluster at rest as it is; a copy that was interrupted is made anew."""
    size_bytes = sum(path.lstat().st_size for path in data.rglob("*") if path.is_file())
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for abandoned in target.parent.glob(".*-frozen.copying"):
        cluster.remove_cluster(abandoned)
    if (free := free_bytes(target.parent)) < size_bytes:
        raise NoSpaceError(
            f"Copying {data} aside needs {size_bytes // 10**6} MB, and {free // 10**6} MB are "
            "free. The server is stopped; starting it lets vacuum remove what was lost.",
            next_step=f"free that much on the file system of {target.parent}, then repeat",
        )
    staging = target.with_name(f".{target.name}.copying")
    user = server_user()
    shutil.copytree(
        data,
        staging,
        symlinks=False,  # tablespaces and a moved WAL directory are part of what may be lost
        ignore=lambda _, names: NOT_COPIED & set(names),
        copy_function=copy_file,
    )
    for directory, _, files in os.walk(staging):
        for path in (Path(directory), *(Path(directory) / name for name in files)):
            path.chmod(0o700 if path.is_dir() else 0o600)
            user.own(path)
    os.sync()
    staging.rename(target)
    sync_directory(target.parent)
    return size_bytes


def _said_alone(configuration: Configuration, statements: str) -> None:
    """Change the settings of a stopped cluster without a server that others could reach."""
    data = supervised(configuration).data_directory
    binaries: Binaries = binaries_of(inspect_directory(data))
    name = sql.Identifier(configuration.database).as_string(None)
    answer = cluster.run_program(
        binaries,
        "postgres",
        ["--single", "-D", cluster.DIRECTORY, "-c", "autovacuum=off", "template1"],
        data,
        standard_input=statements.format(name),
    )
    if answer.returncode != 0 or "ERROR" in answer.stderr:
        raise error_from(answer.stderr, doing=f"changing who may connect to {data}")
