"""Gear: adding it, retiring it, and what is used when nothing else is said."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.gear.errors import GearError, NoSuchGearError
from strideiq.gear.models import Gear, GearDefault
from strideiq.platform.language import gettext as _

KINDS = ("shoes", "bicycle", "other")
NAME_LENGTH_MAX = 80
NOTES_LENGTH_MAX = 2_000
LENGTH_MAX_M = 1e9
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""Before the first activity that there can be."""


def add(
    session: Session,
    athlete_id: UUID,
    name: str,
    kind: str = "shoes",
    *,
    before_m: float = 0.0,
    limit_m: float | None = None,
    notes: str = "",
) -> UUID:
    """Add a piece of gear; the caller commits.

    Raises:
        GearError: the name, the kind or a length cannot be used.
    """
    gear = Gear(athlete_id=athlete_id, gear_id=uuid4())
    _set(gear, name=name, kind=kind, before_m=before_m, limit_m=limit_m, notes=notes)
    session.add(gear)
    session.flush()
    return gear.gear_id


def change(  # noqa: PLR0913  one parameter per field
    session: Session,
    athlete_id: UUID,
    gear_id: UUID,
    *,
    name: str,
    kind: str,
    before_m: float,
    limit_m: float | None,
    notes: str = "",
) -> None:
    """Change what is said of a piece of gear.

    Raises:
        GearError: the name, the kind or a length cannot be used.
        NoSuchGearError: the athlete has no such gear.
    """
    gear = _one(session, athlete_id, gear_id)
    _set(gear, name=name, kind=kind, before_m=before_m, limit_m=limit_m, notes=notes)
    session.flush()


def find(session: Session, athlete_id: UUID, name: str, kind: str) -> UUID | None:
    """The gear of this name in any case of letters, or None.

    Raises:
        GearError: nothing can be called so.
    """
    wanted = _checked_name(name)
    return session.scalar(
        select(Gear.gear_id)
        .where(
            Gear.athlete_id == athlete_id,
            Gear.kind == kind,
            func.lower(Gear.name) == wanted.lower(),
        )
        .order_by(Gear.created_at)
        .limit(1)
    )


def set_retired(session: Session, athlete_id: UUID, gear_id: UUID, *, retired: bool) -> None:
    """Retire a piece of gear, which ends its being a default, or bring it back.

    Raises:
        NoSuchGearError: the athlete has no such gear.
    """
    gear = _one(session, athlete_id, gear_id)
    gear.retired_at = datetime.now(UTC) if retired else None
    session.flush()
    if retired:
        for sport, default in current_defaults(session, athlete_id).items():
            if default == gear_id:
                set_default(session, athlete_id, sport, None)


def set_default(
    session: Session,
    athlete_id: UUID,
    sport: str,
    gear_id: UUID | None,
    since: datetime | None = None,
) -> None:
    """From an instant on (now, when none is given), use this gear for a sport; None uses none.

    What was done before keeps the gear that was the default then. Other activities than those of
    which the athlete says something are not touched: nothing is written to any of them.

    Raises:
        NoSuchGearError: the athlete has no such gear.
    """
    if gear_id is not None:
        _one(session, athlete_id, gear_id)
    values = {"gear_id": gear_id}
    statement = insert(GearDefault).values(
        athlete_id=athlete_id, sport=sport, since=since or datetime.now(UTC), **values
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["athlete_id", "sport", "since"], set_=values
        )
    )


def current_defaults(session: Session, athlete_id: UUID) -> dict[str, UUID | None]:
    """What is used now for each sport that has ever had a default."""
    rows = session.execute(
        select(GearDefault.sport, GearDefault.gear_id)
        .where(GearDefault.athlete_id == athlete_id)
        .order_by(GearDefault.sport, GearDefault.since)
    )
    return {sport: gear_id for sport, gear_id in rows}  # noqa: C416  the newest row of a sport wins


def choose(session: Session, athlete_id: UUID, activity_id: UUID, gear_id: UUID | None) -> None:
    """Say which gear an activity was done with; None leaves it to the default again.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
        NoSuchGearError: the athlete has no such gear.
    """
    if gear_id is not None:
        _one(session, athlete_id, gear_id)
    activities.annotate(session, athlete_id, activity_id, "gear_id", gear_id)


def _one(session: Session, athlete_id: UUID, gear_id: UUID) -> Gear:
    gear = session.get(Gear, (athlete_id, gear_id))
    if gear is None:
        raise NoSuchGearError(
            _("There is no such gear."), next_step=_("choose one from the list of gear")
        )
    return gear


def _set(
    gear: Gear, *, name: str, kind: str, before_m: float, limit_m: float | None, notes: str
) -> None:
    if kind not in KINDS:
        raise GearError(_("There is no such kind of gear."), next_step=_("choose one of the list"))
    for length_m in (before_m, limit_m):
        if length_m is not None and not 0 <= length_m <= LENGTH_MAX_M:
            raise GearError(
                _("A distance is a number that is not negative."),
                next_step=_("write it with digits, or leave it empty"),
            )
    gear.name, gear.kind = _checked_name(name), kind
    gear.before_m, gear.limit_m = before_m, limit_m or None
    gear.notes = notes.strip()[:NOTES_LENGTH_MAX]


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable():
        raise GearError(
            _("A name has between 1 and 80 characters."),
            next_step=_("write what is on the box"),
        )
    return name
