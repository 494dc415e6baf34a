"""Whether a restored database is the one that was backed up. Pure: no database, no clock.

Both sides are ``Contents``: what the manifest promises and what the copy holds. Every question
asked becomes a ``Check``; the verdict follows from the checks alone. A question that could not
be answered is never counted as a yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["proven", "failed", "inconclusive"]
Status = Literal["ok", "warning", "inconclusive", "failed"]

_NAMED = 5
NOT_SAMPLED = "counted only: not in this drill's sample"
"""Why a table has no digest that could have had one; ``coverage_of`` judges what that means."""


@dataclass(frozen=True)
class TableContent:
    """One table's rows: how many, and their digest where one could be made."""

    rows: int
    digest: str | None
    reason: str | None = None
    """Why there is no digest."""
    method: str = "rows"
    """How the digest was made; only digests of one method can be compared."""


@dataclass(frozen=True)
class SequencePosition:
    """How far a sequence has gone, and the highest value its owning column holds."""

    last_value: int | None
    """None for a sequence that has never been used."""
    is_called: bool = True
    """Whether ``last_value`` has been handed out, or is the next to be."""
    highest_used: int | None = None
    descending: bool = False


@dataclass(frozen=True)
class Contents:
    """What a database holds, as far as counts, digests and catalogue tell it."""

    tables: Mapping[str, TableContent]
    sequences: Mapping[str, SequencePosition]
    extensions: Mapping[str, str]
    schema_fingerprint: str
    computed: frozenset[str] = frozenset()
    """Tables that are not compared because their rows are computed or live elsewhere:
    materialised views, foreign tables, tables of extensions. The schema still has them."""
    unpromised: frozenset[str] = frozenset()
    """What is in the backup and was not counted: a copy may hold any of it."""


@dataclass(frozen=True)
class TableResult:
    """One table of the manifest beside the same table of the copy.

    ``equal`` is None where counts agree and no digest could be compared.
    """

    name: str
    expected_rows: int | None
    found_rows: int | None
    expected_digest: str | None
    found_digest: str | None
    equal: bool | None
    reason: str | None = None


@dataclass(frozen=True)
class Check:
    """One question, its answer, and what was seen."""

    name: str
    status: Status
    detail: str


def compare(expected: Contents, found: Contents) -> tuple[list[TableResult], list[Check]]:
    """Compare a copy with what the manifest promises."""
    promised = {
        name: table for name, table in expected.tables.items() if name not in found.computed
    }
    there = {name: one for name, one in found.tables.items() if name not in expected.unpromised}
    tables = compare_tables(promised, there)
    checks = [
        check_tables(tables),
        check_sequences(expected.sequences, found.sequences),
        check_schema(expected.schema_fingerprint, found.schema_fingerprint),
        check_extensions(expected.extensions, found.extensions),
    ]
    return tables, checks


def verdict_of(checks: Iterable[Check]) -> Verdict:
    """Judge: one failure fails, one open question leaves it open, no question proves nothing."""
    statuses = {check.status for check in checks}
    if "failed" in statuses:
        return "failed"
    if "inconclusive" in statuses or not statuses:
        return "inconclusive"
    return "proven"


def findings_of(checks: Iterable[Check]) -> list[str]:
    """Tell why a verdict is not ``proven``, one sentence per check."""
    return [
        f"{check.name}: {check.detail}"
        for check in checks
        if check.status in {"failed", "inconclusive"}
    ]


def compare_tables(
    expected: Mapping[str, TableContent], found: Mapping[str, TableContent]
) -> list[TableResult]:
    """Put each table of either side beside its counterpart, in the order of their names."""
    return [
        _table_result(name, expected.get(name), found.get(name))
        for name in sorted({*expected, *found})
    ]


def _table_result(
    name: str, expected: TableContent | None, found: TableContent | None
) -> TableResult:
    equal: bool | None
    reason: str | None
    if expected is None or found is None:
        equal, reason = False, "not in the backup" if expected is None else "not in the copy"
    elif expected.rows != found.rows:
        equal, reason = False, f"{expected.rows} rows expected, {found.rows} found"
    elif expected.digest is None or found.digest is None:
        equal, reason = None, expected.reason or found.reason or "no digest could be made"
    elif expected.method != found.method:
        equal, reason = None, f"digested by {found.method}, in the backup by {expected.method}"
    else:
        equal = expected.digest == found.digest
        reason = None if equal else "same number of rows, other contents"
    return TableResult(
        name=name,
        expected_rows=expected.rows if expected else None,
        found_rows=found.rows if found else None,
        expected_digest=expected.digest if expected else None,
        found_digest=found.digest if found else None,
        equal=equal,
        reason=reason,
    )


def check_tables(tables: Sequence[TableResult]) -> Check:
    """Ask whether every table holds exactly the rows that were backed up."""
    wrong = [f"{table.name}: {table.reason}" for table in tables if table.equal is False]
    if wrong:
        return Check("tables", "failed", _named(wrong))
    counted = [table for table in tables if table.reason == NOT_SAMPLED]
    open_ = [
        f"{table.name}: {table.reason}"
        for table in tables
        if table.equal is None and table.reason != NOT_SAMPLED
    ]
    if open_:
        return Check("tables", "inconclusive", _named(open_))
    rows = sum(table.found_rows or 0 for table in tables)
    equal = f", digests of {len(tables) - len(counted)}," if counted else " and digests"
    return Check("tables", "ok", f"{len(tables)} tables, {rows:,} rows: counts{equal} equal")


def check_sequences(
    expected: Mapping[str, SequencePosition], found: Mapping[str, SequencePosition]
) -> Check:
    """Ask whether any sequence would hand out a number again.

    Sequences move outside transactions, so a copy may be *ahead* of the manifest. Behind it,
    numbers that were handed out come a second time. A sequence that already was behind its own
    column in the source (rows inserted with explicit numbers) is the source's own state.
    """
    wrong: list[str] = []
    behind: list[str] = []
    for name, before in sorted(expected.items()):
        after = found.get(name)
        if after is None:
            wrong.append(f"{name}: not in the copy")
        elif _is_behind(after, before.last_value, handed_out=before.is_called):
            wrong.append(f"{name}: at {after.last_value}, was at {before.last_value}")
        elif _is_behind(after, after.highest_used, handed_out=True):
            behind.append(f"{name}: at {after.last_value}, its column at {after.highest_used}")
    if wrong:
        return Check("sequences", "failed", _named(wrong))
    if behind:
        return Check(
            "sequences", "warning", f"behind their columns, as backed up: {_named(behind)}"
        )
    return Check(
        "sequences", "ok", f"none of {len(expected)} is behind" if expected else "there are none"
    )


def _is_behind(sequence: SequencePosition, mark: int | None, *, handed_out: bool) -> bool:
    """Whether a number that was handed out would be handed out again."""
    if mark is None:
        return False
    if sequence.last_value is None:
        return handed_out
    if sequence.last_value == mark:
        return handed_out and not sequence.is_called
    return (sequence.last_value > mark) == sequence.descending


def check_schema(expected: str, found: str) -> Check:
    """Ask whether tables, columns, constraints, indexes, views and the rest are the same."""
    if expected == found:
        return Check("schema", "ok", "the schema's fingerprint is the same")
    return Check("schema", "failed", f"fingerprint {found[:16]}…, expected {expected[:16]}…")


def check_extensions(expected: Mapping[str, str], found: Mapping[str, str]) -> Check:
    """Ask whether the extensions are there; another version of one is a warning."""
    missing = sorted(set(expected) - set(found))
    if missing:
        return Check("extensions", "failed", f"not in the copy: {_named(missing)}")
    other = [
        f"{name} {found[name]} instead of {version}"
        for name, version in sorted(expected.items())
        if found[name] != version
    ]
    if other:
        return Check("extensions", "warning", _named(other))
    return Check("extensions", "ok", f"the same {len(expected)}, in the same versions")


def _named(findings: Sequence[str]) -> str:
    more = f"; and {len(findings) - _NAMED} more" if len(findings) > _NAMED else ""
    return "; ".join(findings[:_NAMED]) + more
