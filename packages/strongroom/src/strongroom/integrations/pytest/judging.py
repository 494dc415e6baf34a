"""Whether a test run may use a database: the same questions for every driver.

A database is real when strongroom has pinned it as anything but ``test``. Its identity inside
it decides, never its name: a real database may be called ``test``, and the other way round.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from strongroom.errors import RealDatabaseError

TEST = "test"
MARK = "strongroom-run-"
"""Begins the name of a run; ``strongroom leaks`` looks for it."""

Row = Sequence[str | None]
Questions = Generator[str, Row | None, "Finding"]

# Everything is text, so that each driver answers alike. The catalogue is readable by every
# role, also where the schema is not. A connection without a name gets that of the run.
_LOOK = """
SELECT (c.oid IS NOT NULL)::text,
       (c.oid IS NOT NULL AND has_schema_privilege(n.oid, 'USAGE')
        AND has_table_privilege(c.oid, 'SELECT'))::text,
       CASE WHEN current_setting('application_name') = ''
            THEN set_config('application_name', '{mark}', false) END
FROM (SELECT) AS one
LEFT JOIN (pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid)
       ON n.nspname = 'strongroom' AND c.relname = 'identity'
"""
# The age is told by the server's own clock on both sides: clocks of two machines differ.
_IDENTITY = """
SELECT database_id::text, environment,
       extract(epoch FROM clock_timestamp() - created_at)::text
FROM strongroom.identity
"""


@dataclass(frozen=True)
class Finding:
    """What a database is to a test run.

    ``unpinned``: strongroom does not know it. ``test``: pinned for tests. ``own``: pinned since
    this run began, so by the run itself. ``real``: pinned as something else. ``hidden``: pinned,
    and this role may not read as what.
    """

    kind: Literal["unpinned", "test", "own", "real", "hidden"]
    environment: str | None = None
    database_id: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether a test run may use it."""
        return self.kind not in {"real", "hidden"}

    def __str__(self) -> str:
        if self.kind == "hidden":
            return "a pinned database whose environment this role may not read"
        return f"the pinned database {self.database_id}, environment {self.environment}"


@dataclass
class Run:
    """One test run, over all of its processes."""

    name: str
    began: float = field(default_factory=time.monotonic)
    unverified: dict[str, str] = field(default_factory=dict)
    """What could not be looked at, and why: told at the end, and never taken for fine."""

    @property
    def mark(self) -> str:
        """What the run leaves wherever it can be recognised by it."""
        return f"{MARK}{self.name}"

    def questions(self) -> Questions:
        """Ask about one connection; whoever drives this sends the first row of each answer."""
        row = yield _LOOK.format(mark=self.mark)
        pinned, readable = (row[0] == "true", row[1] == "true") if row else (False, False)
        if not pinned:
            return Finding("unpinned")
        if not readable:
            return Finding("hidden")
        row = yield _IDENTITY
        return self._finding(row) if row else Finding("hidden")

    def judge(self, ask: Callable[[str], Row | None]) -> Finding:
        """Ask through a driver that answers at once."""
        questions = self.questions()
        question = next(questions)
        while True:
            try:
                question = questions.send(ask(question))
            except StopIteration as end:
                finding: Finding = end.value
                return finding

    def _finding(self, row: Row) -> Finding:
        database_id, environment, age_s = row
        if environment == TEST:
            return Finding("test", environment, database_id)
        lasted_s = time.monotonic() - self.began
        kind: Literal["own", "real"] = "own" if 0 <= float(age_s or "inf") <= lasted_s else "real"
        return Finding(kind, environment, database_id)


def refusal(finding: Finding) -> RealDatabaseError:
    """Say that a connection is not given to a test."""
    return RealDatabaseError(
        f"A test connected to {finding}. The connection was closed before any statement of the "
        "test; tests use databases that are theirs.",
        found=str(finding),
        next_step="give the tests a database of their own, such as the fixture strongroom_database",
    )
