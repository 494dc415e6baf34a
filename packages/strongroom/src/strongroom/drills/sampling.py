"""Which tables a drill compares row by row, where the policy asks for a sample. Pure.

A sample restores everything and counts everything; what it saves is the reading of large tables
for their digests. It proves nothing by itself: see ``coverage_of``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from strongroom.backups.manifest import TableRecord
from strongroom.drills.comparison import NOT_SAMPLED, Check, TableResult
from strongroom.drills.records import Coverage, DrillRecord

SMALL_ROWS = 10_000
"""Tables of up to so many rows are compared each time."""
CHANGED_MOST = 2
"""So many of the larger tables that changed most since the backup before, too."""


@dataclass(frozen=True)
class Compared:
    """Which tables earlier drills have compared."""

    drills_ago: Mapping[str, int]
    """By table, how many drills ago; a table that never was is missing."""
    of_this_backup: Mapping[str, str]
    """By table, the drill that compared it in this very backup."""


def compared_by(records: Sequence[DrillRecord], manifest_sha256: str) -> Compared:
    """What the records say, newest first; what a failed drill compared counts for nothing."""
    drills_ago: dict[str, int] = {}
    of_this: dict[str, str] = {}
    for ago, record in enumerate(records, 1):
        if record.verdict == "failed":
            continue
        for table in record.tables:
            if table.equal:
                drills_ago.setdefault(table.name, ago)
                if record.manifest_sha256 == manifest_sha256:
                    of_this.setdefault(table.name, record.drill_id)
    return Compared(drills_ago, of_this)


def is_full_one_due(records: Sequence[DrillRecord], full_every: int) -> bool:
    """Whether the next drill has to compare everything: records are newest first."""
    if not records or records[0].verdict == "failed":
        return True
    since = next((n for n, record in enumerate(records) if record.verdict == "proven"), None)
    return since is None or since >= full_every - 1


def choose(
    tables: Sequence[TableRecord],
    before: Iterable[TableRecord],
    compared: Compared,
    share: float,
) -> frozenset[str]:
    """Choose what to compare: small tables, those that changed most, and the others in turn.

    Args:
        tables: of the backup that is drilled.
        before: those of the backup before it.
        compared: what earlier drills have compared.
        share: of the rows of the other tables, about so much is compared.
    """
    large = [one for one in tables if one.rows > SMALL_ROWS]
    known = {one.name: one for one in before}
    changed = [one for one in large if _change(one, known) > 0]
    changed.sort(key=lambda one: (-_change(one, known), one.name))
    always = {one.name for one in changed[:CHANGED_MOST]}
    in_turn = [one for one in large if one.name not in always]
    in_turn.sort(key=lambda one: (*_last_turn(one.name, compared), one.name))
    wanted_rows, taken_rows = share * sum(one.rows for one in in_turn), 0
    for one in in_turn:
        if taken_rows >= wanted_rows:
            break
        always.add(one.name)
        taken_rows += one.rows
    return frozenset(always | {one.name for one in tables if one.rows <= SMALL_ROWS})


def _last_turn(name: str, compared: Compared) -> tuple[bool, bool, int]:
    """Sort what this backup lacks first, then what never was compared, then by its last turn."""
    ago = compared.drills_ago.get(name)
    return name in compared.of_this_backup, ago is not None, -(ago or 0)


def _change(table: TableRecord, before: Mapping[str, TableRecord]) -> int:
    """How much a table changed, in rows; one with other contents counts at least as one."""
    known = before.get(table.name)
    if known is None:
        return table.rows
    return max(abs(table.rows - known.rows), int(table.digest != known.digest))


def coverage_of(
    tables: Sequence[TableResult], compared: Compared
) -> tuple[Coverage | None, list[Check]]:
    """What was compared row by row, and whether that is everything.

    Samples of one backup add up: each drill restores all of it from what is stored, so a table
    that was found equal once was in it. Only when every table was, is the backup proven.
    """
    counted = [one for one in tables if one.reason == NOT_SAMPLED]
    if not counted:
        return None, []
    open_ = [one for one in counted if one.name not in compared.of_this_backup]
    coverage = Coverage(
        tables=len(tables),
        tables_compared=len(tables) - len(counted),
        rows=sum(one.found_rows or 0 for one in tables),
        rows_compared=sum(one.found_rows or 0 for one in tables if one not in counted),
        together_with=tuple(
            sorted({compared.of_this_backup[one.name] for one in counted if one not in open_})
        ),
        complete=not open_,
    )
    return coverage, [_check(coverage, open_)]


def _check(coverage: Coverage, open_: Sequence[TableResult]) -> Check:
    told = (
        f"a sample: {coverage.tables_compared} of {coverage.tables} tables, "
        f"{coverage.rows_compared:,} of {coverage.rows:,} rows, were compared"
    )
    if coverage.complete:
        others = ", ".join(coverage.together_with)
        return Check("coverage", "ok", f"{told}; the others of this backup by {others}")
    rest = f"{len(open_)} tables of this backup were counted only, so far"
    return Check("coverage", "inconclusive", f"{told}; {rest}")
