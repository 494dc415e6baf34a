"""What the linter is told, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# danger: loses data, stops the application, or fails half way.
# caution: right in many places; somebody should have thought about it.
# unknown: nobody can tell from the text; to be treated like danger.
Severity = Literal["danger", "caution", "unknown"]


@dataclass(frozen=True)
class ColumnFacts:
    """A column as the database knows it; ``type`` as PostgreSQL's ``format_type`` writes it."""

    type: str
    not_null: bool = False


@dataclass(frozen=True)
class TableFacts:
    """A table as the database knows it; ``rows`` may be an estimate."""

    rows: int | None = None
    size_bytes: int | None = None
    columns: Mapping[str, ColumnFacts] = field(default_factory=dict)


@dataclass(frozen=True)
class LintContext:
    """Where the migration is going to run.

    ``tables`` maps labels (``public.users``) to facts; None when nothing is known, so that every
    table may be large. A table that is missing from a given mapping does not exist.
    ``in_transaction``: whether whoever runs the statements wraps them in one transaction.
    ``lock_timeout``: whether it sets one. A table below ``small_bytes`` is locked, scanned and
    rewritten without anybody noticing.
    """

    server_major: int = 18
    tables: Mapping[str, TableFacts] | None = None
    in_transaction: bool = True
    default_schema: str = "public"
    small_bytes: int = 10_000_000
    lock_timeout: bool = False

    def facts(self, label: str) -> TableFacts | None:
        """What is known about a table, if anything."""
        return self.tables.get(label) if self.tables is not None else None

    def is_small(self, label: str) -> bool:
        """Whether the table is known to be so small that locks and scans do not matter."""
        facts = self.facts(label)
        return facts is not None and (
            facts.rows == 0
            or (facts.size_bytes is not None and facts.size_bytes < self.small_bytes)
        )


@dataclass(frozen=True)
class Finding:
    """What a rule says about one statement, and what to do instead.

    ``table`` is the label of the table concerned, or None; ``line`` counts from 1.
    """

    rule: str
    severity: Severity
    table: str | None
    line: int
    why: str
    instead: str
    file: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The finding as documented for ``--json``."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "table": self.table,
            "file": self.file,
            "line": self.line,
            "why": self.why,
            "instead": self.instead,
        }
