"""Wrappers for people's own shells: programs that can lose data, each behind a question first.

A directory of small scripts stands at the front of ``PATH``, put there by a block at the end of the
shell's start-up file. It guards what is typed, and what programs started from that shell call.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from strongroom.command_guard.hosts.doctor import Check
from strongroom.command_guard.hosts.installing import Change, Installed
from strongroom.command_guard.hosts.settings import home
from strongroom.errors import GuardError

DIRECTORY = ".local/share/strongroom/guard-bin"
MARK = "# strongroom guard: asks, then runs the program of this name"
BEGIN, END = "# >>> strongroom guard >>>", "# <<< strongroom guard <<<"
PROGRAMS = (
    *("docker", "docker-compose", "podman", "podman-compose", "kubectl", "helm"),
    *("psql", "dropdb", "initdb", "pg_ctl", "pg_restore", "pg_resetwal", "pg_dropcluster"),
    *("mysql", "mysqladmin", "mariadb", "sqlite3", "mongosh", "redis-cli", "supabase", "hasura"),
    *("rm", "mv", "dd", "shred", "truncate", "rsync", "git", "lvremove", "zfs", "btrfs", "wipefs"),
    *("alembic", "flyway", "liquibase", "prisma", "terraform", "tofu", "pulumi", "aws", "gcloud"),
    *("az", "railway", "fly", "flyctl", "heroku", "restic", "borg", "pgbackrest"),
)
_HARMLESS, _DANGEROUS = ["rm", "--version"], ["dropdb", "production"]
_REFUSED, _FIRE_TIMEOUT_S = 30, 60


def directory() -> Path:
    """Where the wrappers lie."""
    return home() / DIRECTORY


def start_up_file() -> Path:
    """What this user's shell reads when it starts."""
    shell = Path(os.environ.get("SHELL", "bash")).name
    return home() / (".zshrc" if shell == "zsh" else ".bashrc")


def wrapper(name: str) -> str:
    """The script that stands before a program."""
    run = f"{shlex.quote(sys.executable)} -I -m strongroom.command_guard.shim"
    return f'#!/bin/sh\n{MARK}\nexec {run} {shlex.quote(name)} "$@"\n'


def is_wrapper(path: Path) -> bool:
    """Whether a file is one of the wrappers, wherever it lies."""
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(200)
    except OSError:
        return False


def planned() -> Change:
    """The change of the start-up file that puts the wrappers before everything else.

    Raises:
        GuardError: the block is there already, or the file is no text.
    """
    path = start_up_file().resolve()
    present = _text(path)
    if present is not None and BEGIN in present:
        raise GuardError(
            f"{path} has the guard's block already.", next_step="strongroom guard uninstall shell"
        )
    where = shlex.quote(str(directory()))
    block = (
        f'{BEGIN}\ncase ":$PATH:" in *:{where}:*) ;; *) PATH={where}:"$PATH"; export PATH ;; esac\n'
        f"{END}\n"
    )
    piece = block if not present or present.endswith("\n") else f"\n{block}"
    installed = Installed("shell", str(path), (piece,), "" if present is None else None)
    return Change(path, present, (present or "") + piece, installed)


def planned_undo(installed: Installed) -> Change:
    """The change that takes the block out again.

    Raises:
        GuardError: the block was changed since.
    """
    path, piece = Path(installed.path), installed.pieces[0]
    present = _text(path)
    if present is None or present.count(piece) != 1:
        raise GuardError(
            f"{path} was changed since, in what strongroom had put there.",
            next_step=f"edit {path}: take out what is between {BEGIN!r} and {END!r}, "
            "then run strongroom guard uninstall shell --forget",
        )
    text = present.replace(piece, "", 1)
    after = None if installed.base is not None and not text else text
    return Change(path, present, after, installed, undo=True)


def write_wrappers() -> None:
    """Write every wrapper; what lies there and is no wrapper of ours stays as it is."""
    directory().mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        path = directory() / name
        if path.exists() and not is_wrapper(path):
            continue
        path.write_text(wrapper(name), encoding="utf-8")
        path.chmod(0o755)


def remove_wrappers() -> None:
    """Remove the wrappers, and their directory when nothing else is in it."""
    if not directory().is_dir():
        return
    for path in directory().iterdir():
        if is_wrapper(path):
            path.unlink()
    if not any(directory().iterdir()):
        directory().rmdir()


def examine(path: Path) -> Iterator[Check]:
    """Look at the start-up file and the wrappers, and run two of them."""
    block = BEGIN in (_text(path) or "")
    yield _check("settings", str(path), "" if block else f"{path} does not put the wrappers first")
    wrong = [name for name in PROGRAMS if not _stands(name)]
    told = f"{len(PROGRAMS) - len(wrong)} of {len(PROGRAMS)} wrappers"
    lost = f"missing, changed or not executable: {', '.join(wrong)}; install again"
    yield _check("wrappers", told, lost if wrong else "")
    for words, refused in ((_HARMLESS, False), (_DANGEROUS, True)):
        code, said = _run(words)
        right = code == _REFUSED if refused else code == 0
        wanted = "refused" if refused else "run"
        yield _check(
            f"fired: {' '.join(words)}",
            f"was {wanted}",
            "" if right else f"should be {wanted}, but ended with status {code}: {said[-300:]}",
        )


def _stands(name: str) -> bool:
    path = directory() / name
    return os.access(path, os.X_OK) and _text(path) == wrapper(name)


def _run(words: list[str]) -> tuple[int, str]:
    environment = {**os.environ, "PATH": f"{directory()}:{os.environ.get('PATH', os.defpath)}"}
    try:
        ran = subprocess.run(
            ["/bin/sh", "-c", shlex.join(words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=_FIRE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -1, "no answer in time"
    return ran.returncode, ran.stderr.decode(errors="replace").strip()


def _check(name: str, told: str, wrong: str) -> Check:
    return Check(name, "failed" if wrong else "ok", wrong or told)


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise GuardError(
            f"{path} is no text in UTF-8.", next_step=f"mend {path}; nothing was changed"
        ) from error
