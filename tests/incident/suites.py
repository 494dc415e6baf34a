"""Small test suites as teams have them, run by a real pytest in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from laboratory import Case, Laboratory, Target
from psycopg import sql

from strongroom.config import Configuration

STOPPED = 4
"""pytest's status for wrong usage: nothing was collected."""
WITHOUT = ("-p", "no:strongroom")
UNRELATED = ("hypothesispytest", "anyio", "timeout", "xdist")
"""Plugins that are installed here beside, and would be most of such a short run."""
CLEANS = '''
import psycopg

def clean(address):
    """Empty every table, as cleaners do between two tests."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("TRUNCATE account, orders, message CASCADE")
'''


class StoppedError(Exception):
    """A run of tests ended by the guard."""


@dataclass(frozen=True)
class Suite:
    """A directory with tests in it."""

    directory: Path

    def write(self, **files: str) -> None:
        """Write Python files by their names."""
        for name, text in files.items():
            (self.directory / f"{name}.py").write_text(text)

    def run(
        self, *arguments: str, program: str = "pytest", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it as its people do, with these variables and nothing of ours beside."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        if not (self.directory / "pytest.ini").exists():
            (self.directory / "pytest.ini").write_text("[pytest]\n")
        quick = [word for name in UNRELATED for word in ("-p", f"no:{name}")]
        options = ["-p", "no:cacheprovider", *quick] if program == "pytest" else []
        return subprocess.run(
            [sys.executable, "-m", program, *options, *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.directory,
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        )

    def unguarded(self, *arguments: str, **variables: str) -> None:
        """Run it as if strongroom were not installed; whether it passes is its own affair."""
        finished = self.run(*WITHOUT, *arguments, **variables)
        assert finished.returncode in {0, 1}, finished.stdout + finished.stderr

    def stopped(self, *arguments: str, **variables: str) -> None:
        """Run it under the guard, which lets nothing of it be collected.

        Raises:
            StoppedError: so it was.
        """
        finished = self.run(*arguments, **variables)
        if finished.returncode == STOPPED and "could reach a real database" in finished.stderr:
            assert "collected" not in finished.stdout
            raise StoppedError(finished.stderr)

    def cut_off(self, *arguments: str, **variables: str) -> None:
        """Run it under the guard, which closes the connection before its first statement.

        Raises:
            StoppedError: so it was.
        """
        finished = self.run("--tb=short", *arguments, **variables)
        if finished.returncode == 1 and "RealDatabaseError" in finished.stdout:
            raise StoppedError(finished.stdout)


def address(target: Target) -> str:
    """Where a database is, for every driver."""
    return target.url.replace("postgresql+psycopg:", "postgresql:")


def pinned_bare(
    laboratory: Laboratory, directory: Path, environment: str = "production"
) -> tuple[Target, Configuration]:
    """A shop that is pinned and not protected: nothing else stands before its rows."""
    target = laboratory.bare()
    return target, laboratory.pinned(target, directory, environment)


def is_stopped(
    case: Case, suite: Suite, target: Target, *arguments: str, words: str, **variables: str
) -> None:
    """Run under the guard: stopped before collection, and every row is there."""
    case.refuses(
        lambda _: suite.stopped(*arguments, **variables),
        target,
        error=StoppedError,
        words=f"stopped before collection: {words}",
    )


def is_cut_off(
    case: Case, suite: Suite, target: Target, *arguments: str, words: str, **variables: str
) -> None:
    """Run under the guard: the connection is closed, and every row is there."""
    case.refuses(
        lambda _: suite.cut_off(*arguments, **variables),
        target,
        error=StoppedError,
        words=f"connection closed before its first statement: {words}",
    )


@contextmanager
def renamed(laboratory: Laboratory, target: Target, name: str) -> Iterator[Target]:
    """Give a database another name for a while."""
    _rename(laboratory, target.name, name)
    try:
        yield replace(target, name=name)
    finally:
        _rename(laboratory, name, target.name)


def _rename(laboratory: Laboratory, old: str, new: str) -> None:
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with psycopg.connect(**laboratory.server.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(statement.format(sql.Identifier(old), sql.Identifier(new)))
