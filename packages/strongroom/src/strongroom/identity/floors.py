"""Floors that may fall: rows deleted on purpose, and tables gone on purpose. Pure.

Floors come from backups, and rows missing below them are ``shrunk``. What a permit lets be
deleted is expected no longer; the next backup counts what is there then, and ends the plan.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from strongroom.identity.state import Incarnation, PlannedDeletion

COMMITTED_WITHIN = timedelta(minutes=10)
"""Between telling of a deletion and committing it; a backup from in between may not see it."""
CLOCK_TOLERANCE = timedelta(minutes=5)


def with_deletion(life: Incarnation, deletion: PlannedDeletion) -> Incarnation:
    """Expect fewer rows; the same permit's word on the same table is replaced."""
    mine = (deletion.table, deletion.permit_id)
    others = [one for one in life.planned if (one.table, one.permit_id) != mine]
    return replace(life, planned=(*others, deletion))


def without_tables(life: Incarnation, labels: Collection[str], at: str) -> Incarnation:
    """Expect nothing of tables any more; also a backup from before does not bring them back."""
    return replace(
        life,
        floors={table: rows for table, rows in life.floors.items() if table not in labels},
        planned=tuple(one for one in life.planned if one.table not in labels),
        forgotten={**life.forgotten, **dict.fromkeys(labels, at)},
    )


def with_counts(
    life: Incarnation, floors: Mapping[str, int], *, backup_id: str, at: str, now: datetime | None
) -> Incarnation:
    """Take the counts of a backup as floors, unless a newer backup has given its own.

    Floors that are dated in the future come from a clock that has gone back since. Nothing can
    be newer than they claim to be, so that they give way. (``now`` is None where no clock is.)
    """
    known_at = datetime.fromisoformat(life.floors_at) if life.floors_at else None
    counted_at = datetime.fromisoformat(at)
    if known_at and counted_at < known_at and not _is_ahead_of_time(known_at, now):
        return life
    gone = {table for table, since in life.forgotten.items() if counted_at < _moment(since)}
    return replace(
        life,
        floors={table: rows for table, rows in floors.items() if table not in gone},
        floors_from=backup_id,
        floors_at=at,
        floors_n=life.last.n if life.last else None,
        planned=tuple(one for one in life.planned if _is_ahead(life, one, floors, counted_at)),
        forgotten={table: life.forgotten[table] for table in sorted(gone)},
    )


def _is_ahead_of_time(moment: datetime, now: datetime | None) -> bool:
    return now is not None and moment > now + CLOCK_TOLERANCE


def _is_ahead(
    life: Incarnation, planned: PlannedDeletion, floors: Mapping[str, int], counted_at: datetime
) -> bool:
    """Whether a backup has not seen the deletion: it was told of later, or is not committed."""
    told_at = _moment(planned.at)
    if told_at >= counted_at:
        return True
    fell = floors.get(planned.table, 0) < life.floors.get(planned.table, 0)
    return not fell and counted_at - told_at < COMMITTED_WITHIN


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
