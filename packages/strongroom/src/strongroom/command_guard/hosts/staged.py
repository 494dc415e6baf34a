"""What a commit would bring: staged changes that point the application elsewhere or lose data."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from strongroom.command_guard.decision import Decision
from strongroom.command_guard.hosts.exchange import EDIT_FILE_SIZE_MAX_BYTES
from strongroom.command_guard.hosts.reading import sql_command
from strongroom.command_guard.judging import judge, judge_edit
from strongroom.errors import GuardError

_GIT_TIMEOUT_S = 60
_SHELL = re.compile(r"#!.*\b(?:ba|z|da|k)?sh\b")
_MIGRATIONS = re.compile(r"(?:^|/)(?:migrations?|migrate|versions|alembic)/")


@dataclass(frozen=True)
class StagedFinding:
    """A staged file, and what its change would lose."""

    path: str
    reason: str


def findings(directory: Path) -> list[StagedFinding]:
    """Judge every staged file against what is committed; only what is new is told.

    Settings and compose files are judged as edits, shell scripts and SQL as commands. Migrations
    are left out: ``strongroom migrate`` judges them.

    Raises:
        GuardError: the directory is in no working tree of git, or git failed.
    """
    top = Path(_git(directory, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    names = _git(top, "diff", "--cached", "--name-only", "-z", "--no-renames").split(b"\0")
    found: list[StagedFinding] = []
    for name in filter(None, names):
        path = name.decode(errors="surrogateescape")
        old, new = _blob(top, f"HEAD:{path}"), _blob(top, f":{path}")
        found += [StagedFinding(path, reason) for reason in _reasons(path, old, new, top)]
    return found


def _reasons(path: str, old: str, new: str, top: Path) -> Iterator[str]:
    yield from judge_edit(path, old, new, top).reasons
    before = {one.reason for one in _run(path, old, top).findings}
    for one in _run(path, new, top).findings:
        if one.reason not in before:
            yield f"{one.reason}."


def _run(path: str, text: str, top: Path) -> Decision:
    """What would be judged if the file were run."""
    if path.endswith(".sql") and not _MIGRATIONS.search(path):
        text = sql_command(text)
    elif not (path.endswith((".sh", ".bash", ".zsh")) or _SHELL.match(text)):
        text = ""
    return judge(text, top, acting=False)


def _blob(top: Path, name: str) -> str:
    """A file as git has it; empty where it is not there, or is too large to be a script."""
    ran = _ran(top, "cat-file", "-s", name)
    if ran.returncode != 0 or int(ran.stdout) > EDIT_FILE_SIZE_MAX_BYTES:
        return ""
    return _git(top, "cat-file", "blob", name).decode(errors="replace")


def _git(directory: Path, *arguments: str) -> bytes:
    ran = _ran(directory, *arguments)
    if ran.returncode != 0:
        told = ran.stderr.decode(errors="replace").strip()
        raise GuardError(f"git says: {told}", next_step="run it in a working tree of git")
    return ran.stdout


def _ran(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", *arguments],  # noqa: S607  the one on PATH, as the hook itself
            cwd=directory,
            capture_output=True,
            timeout=_GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GuardError(f"git cannot be run: {error}", next_step="install git") from error
