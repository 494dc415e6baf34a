"""What hurt, where and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _
from strideiq.platform.language import marked
from strideiq.wellness import versions
from strideiq.wellness.check_ins import FIRST_DAY, today_of
from strideiq.wellness.models import Injury

SEVERITIES = {
    1: marked("noticed"),
    2: marked("minor"),
    3: marked("running with care"),
    4: marked("running hurts"),
    5: marked("no running"),
}
PLACES = (
    marked("Achilles tendon"),
    marked("Ankle"),
    marked("Back"),
    marked("Calf"),
    marked("Foot"),
    marked("Groin"),
    marked("Hamstring"),
    marked("Hip"),
    marked("Iliotibial band"),
    marked("Knee"),
    marked("Plantar fascia"),
    marked("Quadriceps"),
    marked("Shin"),
)
"""What the field suggests; anything else may be written too."""

TYPED = ("place", "severity", "began_on", "ended_on", "notes")
PLACE_LENGTH_MAX, NOTES_LENGTH_MAX = 100, 2_000


class InjuryError(InvalidInputError):
    """What was typed of an injury is impossible; nothing was kept."""

    code = "injury"


def add(session: Session, athlete_id: UUID, typed: Mapping[str, str]) -> Injury:
    """Note an injury.

    Raises:
        InjuryError: something of it is impossible.
    """
    values = _read(session, athlete_id, typed)
    return versions.add(session, Injury(athlete_id=athlete_id, injury_id=uuid4(), **values))


def change(session: Session, athlete_id: UUID, injury_id: UUID, typed: Mapping[str, str]) -> Injury:
    """Change an injury; what it was stays as a version.

    Raises:
        InjuryError: something of it is impossible; nothing was changed.
        NoSuchEntryError: it is not the athlete's.
    """
    injury = versions.find(session, Injury, athlete_id, injury_id, lock=True)
    return versions.change(session, injury, _read(session, athlete_id, typed))


def every(session: Session, athlete_id: UUID) -> list[Injury]:
    """All injuries without a tombstone: those that still hurt first, then the newest."""
    rows = session.scalars(
        select(Injury)
        .where(Injury.athlete_id == athlete_id, Injury.deleted_at.is_(None))
        .order_by(Injury.ended_on.desc().nulls_first(), Injury.began_on.desc())
    )
    return list(rows)


def on(session: Session, athlete_id: UUID, day: date) -> list[Injury]:
    """What hurt on a day."""
    rows = session.scalars(
        select(Injury)
        .where(
            Injury.athlete_id == athlete_id,
            Injury.deleted_at.is_(None),
            Injury.began_on <= day,
            or_(Injury.ended_on.is_(None), Injury.ended_on >= day),
        )
        .order_by(Injury.severity.desc(), Injury.began_on)
    )
    return list(rows)


def _read(session: Session, athlete_id: UUID, typed: Mapping[str, str]) -> dict[str, object]:
    place = " ".join(typed.get("place", "").split())
    if not 0 < len(place) <= PLACE_LENGTH_MAX or not place.isprintable():
        raise InjuryError(
            _("An injury has a place."), next_step=_("write where it hurts, such as left calf")
        )
    notes = typed.get("notes", "").strip()
    if len(notes) > NOTES_LENGTH_MAX or "\x00" in notes:
        raise InjuryError(
            _("Notes have at most %(count)s characters.") % {"count": NOTES_LENGTH_MAX},
            next_step=_("write less"),
        )
    severity = typed.get("severity", "")
    if severity not in {str(number) for number in SEVERITIES}:
        raise InjuryError(
            _("How bad it was is a step from 1 to 5."), next_step=_("choose one of the list")
        )
    began_on = _day(typed.get("began_on", ""))
    ended_on = _day(typed["ended_on"]) if typed.get("ended_on", "").strip() else None
    today = today_of(session, athlete_id)
    if not FIRST_DAY <= began_on <= today or (ended_on and not began_on <= ended_on <= today):
        raise InjuryError(
            _("An injury begins before it ends, and neither lies ahead of today."),
            next_step=_("look at its two days again; leave the last empty while it hurts"),
        )
    return {
        "place": place,
        "notes": notes,
        "severity": int(severity),
        "began_on": began_on,
        "ended_on": ended_on,
    }


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise InjuryError(
            _("“%(typed)s” is no day.") % {"typed": typed[:20]},
            next_step=_("write it as 2026-11-22"),
        ) from None
