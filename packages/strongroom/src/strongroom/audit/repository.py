"""What git knows about the files, if there is a repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_GIT = ("git", "-c", "core.fsmonitor=false")
"""The user's own git, which must start no program that the directory's settings name."""


def tracked_files(root: Path) -> set[Path] | None:
    """The files below a directory that git has; None where there is no repository or no git."""
    try:
        done = subprocess.run(
            [*_GIT, "-C", str(root), "ls-files", "-z"],
            capture_output=True,
            timeout=20,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if done.returncode != 0:
        return None
    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return {root / one for one in names if one}


def is_ignored(path: Path) -> bool:
    """Whether git ignores a file; False where there is no git."""
    try:
        done = subprocess.run(
            [*_GIT, "-C", str(path.parent), "check-ignore", "-q", path.name],
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
