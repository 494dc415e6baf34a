"""Gear as it is shown: how far each piece has come, by the distances that are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.gear.errors import NoSuchGearError
from strideiq.gear.models import Gear, GearDefault
from strideiq.platform.language import gettext as _

NEARLY = 0.9
"""From this share of its limit on, a piece of gear is said to be nearly done."""


@dataclass(frozen=True)
class GearView:
    """A piece of gear with what was done with it."""

    gear_id: UUID
    kind: str
    name: str
    notes: str
    before_m: float
    limit_m: float | None
    retired_at: datetime | None
    activities: int = 0
    distance_m: float = 0.0
    """Of the activities here, and what it had come before."""
    moving_s: float = 0.0
    first_day: date | None = None
    last_day: date | None = None

    @property
    def share(self) -> float | None:
        """How much of its limit is used, as a share; None without a limit."""
        return None if not self.limit_m else self.distance_m / self.limit_m

    @property
    def worn(self) -> str | None:
        """``over`` or ``nearly`` at its limit, for gear that is still in use."""
        if self.share is None or self.retired_at is not None or self.share < NEARLY:
            return None
        return "over" if self.share >= 1 else "nearly"


def all_gear(session: Session, athlete_id: UUID) -> list[GearView]:
    """Every piece with its mileage: in use first, then what was used last; two queries."""
    used = mileage(session, athlete_id)
    rows = session.scalars(select(Gear).where(Gear.athlete_id == athlete_id))
    shown = [_view(row, used.get(row.gear_id)) for row in rows]
    return sorted(
        shown,
        key=lambda one: (
            one.retired_at is not None,
            -_last_used(one),
            one.name.lower(),
        ),
    )


def _last_used(gear: GearView) -> float:
    """For the order of the list: what is new comes first, what was never used last of all."""
    if gear.last_day is not None:
        return gear.last_day.toordinal()
    return float("inf") if gear.retired_at is None else float("-inf")


def one_gear(session: Session, athlete_id: UUID, gear_id: UUID) -> GearView:
    """One piece with its mileage.

    Raises:
        NoSuchGearError: the athlete has no such gear.
    """
    row = session.get(Gear, (athlete_id, gear_id))
    if row is None:
        raise NoSuchGearError(
            _("There is no such gear."), next_step=_("choose one from the list of gear")
        )
    return _view(row, mileage(session, athlete_id).get(gear_id))


def names(session: Session, athlete_id: UUID) -> dict[UUID, str]:
    """The name of each piece of gear, retired or not."""
    rows = session.execute(
        select(Gear.gear_id, Gear.name).where(Gear.athlete_id == athlete_id).order_by(Gear.name)
    )
    return {gear_id: name for gear_id, name in rows}  # noqa: C416  rows are no pairs to a type checker


def of_kind(session: Session, athlete_id: UUID, kind: str) -> set[UUID]:
    """The gear of a kind, retired or not."""
    rows = select(Gear.gear_id).where(Gear.athlete_id == athlete_id, Gear.kind == kind)
    return set(session.scalars(rows))


def choices(session: Session, athlete_id: UUID) -> list[tuple[UUID, str]]:
    """What can be chosen for an activity: gear in use, by name."""
    rows = session.execute(
        select(Gear.gear_id, Gear.name)
        .where(Gear.athlete_id == athlete_id, Gear.retired_at.is_(None))
        .order_by(func.lower(Gear.name))
    )
    return [(gear_id, name) for gear_id, name in rows]


def choices_for(
    session: Session, athlete_id: UUID, activity: activities.ActivityView
) -> tuple[list[tuple[UUID, str]], UUID | None]:
    """What can be chosen for an activity, by name, and what it was done with; by one query.

    Gear that is not in use any more can be chosen where it is chosen already.
    """
    shown = activities.visible(athlete_id)
    used = (
        select(shown_gear(athlete_id, shown))
        .where(shown.c.activity_id == activity.activity_id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Gear.gear_id, Gear.name, Gear.retired_at, used)
        .where(Gear.athlete_id == athlete_id)
        .order_by(func.lower(Gear.name))
    ).all()
    # Where there is no gear, none is the default either: only what the athlete said can be left.
    said = activity.value("gear_id")
    chosen: UUID | None = said if isinstance(said, UUID) else None
    if rows:
        chosen = rows[0][3]
    names = {gear_id: name for gear_id, name, *_ in rows}
    found = [(gear_id, name) for gear_id, name, retired_at, _ in rows if retired_at is None]
    if chosen is not None and chosen not in dict(found):
        found.append((chosen, names.get(chosen, "")))
    return found, chosen


@dataclass(frozen=True)
class Used:
    """What was done with a piece of gear here."""

    activities: int
    distance_m: float
    moving_s: float
    first_day: date
    last_day: date


def mileage(session: Session, athlete_id: UUID) -> dict[UUID, Used]:
    """How far each piece has come here, by one query over the shown activities."""
    shown = activities.visible(athlete_id)
    gear_id = shown_gear(athlete_id, shown)
    day = activities.local_day(athletes.time_zone_of(session, athlete_id), shown)
    rows = session.execute(
        select(
            gear_id.label("used_gear"),
            func.count(),
            func.coalesce(func.sum(shown.c.distance_m), 0.0),
            func.coalesce(func.sum(shown.c.moving_s), 0.0),
            func.min(day),
            func.max(day),
        ).group_by("used_gear")
    )
    return {used: Used(*rest) for used, *rest in rows if used is not None}


def shown_gear(athlete_id: UUID, shown: Subquery) -> ColumnElement[UUID | None]:
    """The gear of an activity of ``visible()``: what the athlete says, else the default then."""
    default = (
        select(GearDefault.gear_id)
        .where(
            GearDefault.athlete_id == athlete_id,
            GearDefault.sport == shown.c.sport,
            GearDefault.since <= shown.c.started_at,
        )
        .order_by(GearDefault.since.desc())
        .limit(1)
        .correlate(shown)
        .scalar_subquery()
    )
    return func.coalesce(shown.c.gear_id, default)


def _view(row: Gear, used: Used | None) -> GearView:
    done = {} if used is None else vars(used)
    return GearView(
        gear_id=row.gear_id,
        kind=row.kind,
        name=row.name,
        notes=row.notes,
        before_m=row.before_m,
        limit_m=row.limit_m,
        retired_at=row.retired_at,
        **{**done, "distance_m": row.before_m + (used.distance_m if used else 0.0)},
    )
