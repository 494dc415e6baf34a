"""When retention stands still: something has happened that a person has to look at first. Pure.

Backups are the way back from whatever just went wrong. So after anything that may be a loss
none is removed until a person has acknowledged it. What was acknowledged is in the ledger, and
holds for what was known then, never for what comes after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from strongroom.backups.retention import Facts
from strongroom.config import Keep
from strongroom.identity.verdicts import floor_limit, keep_of
from strongroom.ledger import Entry

ACKNOWLEDGED = "prune_acknowledged"
"""The ledger's kind of entry that says what a person has looked at."""
CLOCK_TOLERANCE_S = 60
"""A clock may be set right by so much without anybody being asked."""
_NAMED_MAX = 3


@dataclass(frozen=True)
class Cause:
    """One thing that a person has to look at."""

    id: str
    """The same for the same thing, whenever it is looked for."""
    what: str


@dataclass(frozen=True)
class Seen:
    """What is known of a database's past when its backups are to be thinned out."""

    entries: Sequence[Entry]
    """The ledger, oldest first."""
    backups: Collection[Facts]
    incarnations: Sequence[str]
    """Those that the state knows, oldest first."""
    now: datetime
    shrink_share: float = 0.2
    keep: Mapping[str, Keep] = field(default_factory=dict)
    unrecorded: Collection[str] = ()
    """Backups that no ledger vouches for."""
    unbelieved: Mapping[str, str] = field(default_factory=dict)
    """Backups, drill records and lines of the ledger that cannot be believed, and why."""

    @property
    def last_n(self) -> int:
        """The number of the newest entry."""
        return self.entries[-1].n if self.entries else 0


def freezing_causes(seen: Seen) -> list[Cause]:
    """Everything that keeps backups from being removed; nothing when they may be."""
    acknowledged = _Acknowledged(seen.entries)
    found = [
        *_verdicts(seen, acknowledged),
        *_clock(seen, acknowledged),
        *_incarnations(seen, acknowledged),
        *_floor_drops(seen, acknowledged),
        *(
            Cause(f"unrecorded:{one}", f"the ledger does not know the backup {one}")
            for one in sorted(seen.unrecorded)
        ),
        *(Cause(f"unbelieved:{one}", why) for one, why in sorted(seen.unbelieved.items())),
    ]
    return [cause for cause in found if cause.id not in acknowledged.causes]


def fingerprint(causes: Collection[Cause]) -> str:
    """Name a set of causes, so that exactly what was shown is acknowledged."""
    told = "\n".join(sorted(cause.id for cause in causes))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def acknowledgement(seen: Seen, causes: Collection[Cause]) -> dict[str, Any]:
    """What the ledger has to remember of an acknowledgement.

    The counts are those that a table may stand at from now on without being asked about again.
    """
    return {
        "up_to": seen.last_n,
        "causes": sorted(cause.id for cause in causes),
        "incarnations": list(_lives(seen)),
        "counts": _Walk(seen).lowered(),
    }


class _Acknowledged:
    """What persons have acknowledged so far."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        said = [one.details for one in entries if one.kind == ACKNOWLEDGED]
        self.up_to = max((int(one["up_to"]) for one in said), default=0)
        self.causes = {str(cause) for one in said for cause in one["causes"]}
        self.incarnations = {str(life) for one in said for life in one["incarnations"]}


def _verdicts(seen: Seen, acknowledged: _Acknowledged) -> Iterator[Cause]:
    """Refusals, and what was done after one."""
    for entry in seen.entries:
        if entry.n <= acknowledged.up_to:
            continue
        verdict = entry.details.get("verdict") or entry.details.get("code")
        if entry.kind == "refused":
            yield Cause(
                f"refused:{entry.n}", f"the database was refused ({verdict}) {entry.at[:16]}"
            )
        elif entry.kind == "accept":
            yield Cause(
                f"accept:{entry.n}", f"a refused database ({verdict}) was accepted {entry.at[:16]}"
            )
        elif entry.kind == "freeze":
            yield Cause(f"freeze:{entry.n}", f"the database was frozen {entry.at[:16]}")


def _clock(seen: Seen, acknowledged: _Acknowledged) -> Iterator[Cause]:
    """A clock that jumped back makes old backups look new, and new ones old."""
    tolerance = timedelta(seconds=CLOCK_TOLERANCE_S)
    before: datetime | None = None
    for entry in seen.entries:
        at = datetime.fromisoformat(entry.at)
        jumped = before is not None and at < before - tolerance
        if jumped and entry.n > acknowledged.up_to and entry.kind != ACKNOWLEDGED:
            yield Cause(f"clock:{entry.n}", f"the clock had jumped back to {entry.at[:16]}")
        before = at
    if before is not None and seen.now < before - tolerance:
        yield Cause(
            f"clock-now:{seen.last_n}", "the clock stands before the newest entry of the ledger"
        )
    for backup in sorted(seen.backups, key=lambda one: one.backup_id):
        if backup.started_at > seen.now + tolerance:
            yield Cause(
                f"clock-backup:{backup.backup_id}",
                f"by the clock, the backup {backup.backup_id} is taken in the future",
            )


def _lives(seen: Seen) -> list[str]:
    """Every incarnation that is known, the first of all before the others.

    Where the state knows none of those that were backed up, a new database was pinned in the
    place of an older one.
    """
    oldest_first = sorted(seen.backups, key=lambda one: (one.started_at, one.backup_id))
    backed_up = list(dict.fromkeys(one.incarnation for one in oldest_first))
    begin = seen.incarnations if {*seen.incarnations} & {*backed_up} else []
    return list(dict.fromkeys([*begin, *backed_up, *seen.incarnations]))


def _incarnations(seen: Seen, acknowledged: _Acknowledged) -> Iterator[Cause]:
    """The first is no news; each one after it has taken the place of another."""
    for life in _lives(seen)[1:]:
        if life not in acknowledged.incarnations:
            yield Cause(f"incarnation:{life}", f"the database has a new incarnation, {life}")


def _floor_drops(seen: Seen, acknowledged: _Acknowledged) -> Iterator[Cause]:
    for drop in _Walk(seen).drops():
        if drop.n <= acknowledged.up_to:
            continue
        told = [f"{table} fell from {high:,} to {low:,} rows" for table, high, low in drop.tables]
        more = len(told) - _NAMED_MAX
        tail = f" and {more} more tables fell" if more > 0 else ""
        yield Cause(
            f"floor:{drop.backup_id}",
            f"in the backup {drop.backup_id} {', '.join(told[:_NAMED_MAX])}{tail}",
        )


@dataclass(frozen=True)
class _Drop:
    """Tables that a backup found below their floor: name, highest count, count."""

    n: int
    backup_id: str
    tables: list[tuple[str, int, int]]


class _Walk:
    """Follows the counts of backups through the ledger, entry by entry.

    A floor is the highest count so far, less what was deleted on purpose. It is lowered where
    a drop was told of, so that each drop is told once.
    """

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._by_id = {one.backup_id: one for one in seen.backups}
        self._floors: dict[str, dict[str, int]] = {}
        self._planned: set[tuple[object, object]] = set()

    def drops(self) -> Iterator[_Drop]:
        """Every drop of the past, oldest first."""
        for entry in self._seen.entries:
            backup = self._by_id.get(str(entry.details.get("backup_id")))
            if entry.kind == "backup" and backup is not None and backup.counted:
                tables = list(self._take(backup))
                if tables:
                    yield _Drop(entry.n, backup.backup_id, tables)
            else:
                self._hear(entry)

    def lowered(self) -> list[tuple[str, str, int]]:
        """The floors, after all drops, that are below what an older backup holds."""
        for _ in self.drops():
            pass
        return sorted(
            {
                (one.incarnation, table, floor)
                for one in self._seen.backups
                for table, floor in self._floors.get(one.incarnation, {}).items()
                if floor < (one.rows.get(table) or 0)
            }
        )

    def _take(self, backup: Facts) -> Iterator[tuple[str, int, int]]:
        floors = self._floors.setdefault(backup.incarnation, {})
        for table, floor in list(floors.items()):
            rows = backup.rows.get(table, 0)
            keep = keep_of(table, self._seen.keep)
            if rows is not None and rows < floor_limit(floor, keep, self._seen.shrink_share):
                yield table, floor, rows
                floors[table] = rows
        for table, counted in backup.rows.items():
            floors[table] = max(floors.get(table, 0), counted or 0)

    def _hear(self, entry: Entry) -> None:
        details = entry.details
        if entry.kind == "deletion_planned":
            permit = (details.get("permit_id"), details.get("table"))
            if permit not in self._planned:
                self._planned.add(permit)
                for floors in self._floors.values():
                    table = str(details.get("table"))
                    if table in floors:
                        floors[table] = max(0, floors[table] - int(details.get("rows", 0)))
        elif entry.kind == "tables_forgotten":
            for floors in self._floors.values():
                for table in details.get("tables", ()):
                    floors.pop(str(table), None)
        elif entry.kind == ACKNOWLEDGED:
            for life, table, rows in details["counts"]:
                self._floors.setdefault(life, {})[table] = rows
