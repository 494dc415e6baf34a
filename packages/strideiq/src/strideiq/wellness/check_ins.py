"""Saying something of a day, taking it back, and reading what was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from strideiq.athletes import public as athletes
from strideiq.platform.bulk import copy_rows
from strideiq.platform.language import gettext as _
from strideiq.wellness.fields import NUMBERS, CheckInError, field_of, read
from strideiq.wellness.models import CheckInValue

FIRST_DAY = date(1950, 1, 1)
ILL, ILLNESS_DAYS = 2.0, 2
Value = float | str | None


@dataclass(frozen=True)
class Said:
    """One thing that was said of a day, newest or not."""

    day: date
    field: str
    version: int
    value: Value
    origin: str
    said_at: datetime


def today_of(session: Session, athlete_id: UUID) -> date:
    """The day that it is where the athlete lives."""
    zone = ZoneInfo(athletes.time_zone_of(session, athlete_id))
    return datetime.now(UTC).astimezone(zone).date()


def say(
    session: Session,
    athlete_id: UUID,
    day: date,
    field: str,
    typed: str,
    *,
    origin: str = "athlete",
    pounds: bool = False,
) -> Said:
    """Keep what the athlete says of one field of a day; an empty text takes the field back.

    What is said already is not kept twice.

    Raises:
        CheckInError: the field, the value or the day is impossible; nothing was kept.
    """
    value = read(field, typed, pounds=pounds)
    check_day(session, athlete_id, day)
    return _keep(session, athlete_id, day, field, value, origin)


def undo(session: Session, athlete_id: UUID, day: date, field: str, version: int) -> Said:
    """Say again what was said before a version; whatever came after it is kept in the history.

    Raises:
        CheckInError: this is not the newest version any more, or there is none.
    """
    field_of(field)
    _lock(session, athlete_id, day)
    versions = history(session, athlete_id, day, field)
    if not versions or versions[0].version != version:
        raise CheckInError(
            _("Something else has been said of this day since."),
            next_step=_("open the day again and look at its history"),
        )
    before = versions[1].value if len(versions) > 1 else None
    return _keep(session, athlete_id, day, field, before, "undo")


def day_of(session: Session, athlete_id: UUID, day: date) -> dict[str, Said]:
    """The newest that was said of each field of a day; what was taken back is there with None."""
    rows = session.scalars(
        select(CheckInValue)
        .ext(distinct_on(CheckInValue.field))
        .where(CheckInValue.athlete_id == athlete_id, CheckInValue.day == day)
        .order_by(CheckInValue.field, CheckInValue.version.desc())
    )
    return {row.field: _said(row) for row in rows}


def history(session: Session, athlete_id: UUID, day: date, field: str | None = None) -> list[Said]:
    """All that was ever said of a day, or of one of its fields; the newest first."""
    rows = select(CheckInValue).where(
        CheckInValue.athlete_id == athlete_id, CheckInValue.day == day
    )
    if field is not None:
        rows = rows.where(CheckInValue.field == field)
    order = (CheckInValue.said_at.desc(), CheckInValue.version.desc(), CheckInValue.field)
    return [_said(row) for row in session.scalars(rows.order_by(*order))]


def days(
    session: Session, athlete_id: UUID, since: date = FIRST_DAY, until: date = date.max
) -> dict[date, dict[str, Value]]:
    """What counts of each day from ``since`` to ``until``, oldest first; empty days are absent."""
    rows = session.execute(
        select(CheckInValue.day, CheckInValue.field, CheckInValue.figure, CheckInValue.words)
        .ext(distinct_on(CheckInValue.day, CheckInValue.field))
        .where(CheckInValue.athlete_id == athlete_id, CheckInValue.day.between(since, until))
        .order_by(CheckInValue.day, CheckInValue.field, CheckInValue.version.desc())
    )
    found: dict[date, dict[str, Value]] = {}
    for day, field, figure, words in rows:
        value = words if figure is None else figure
        if value is not None:
            found.setdefault(day, {})[field] = value
    return found


def usual(session: Session, athlete_id: UUID, day: date) -> dict[str, float]:
    """The newest figure of each number before a day, within two months: what a field suggests."""
    rows = session.execute(
        select(CheckInValue.field, CheckInValue.figure)
        .ext(distinct_on(CheckInValue.field))
        .where(
            CheckInValue.athlete_id == athlete_id,
            CheckInValue.day.between(day - timedelta(days=60), day - timedelta(days=1)),
            CheckInValue.figure.is_not(None),
            CheckInValue.field.in_(NUMBERS),
        )
        .order_by(CheckInValue.field, CheckInValue.day.desc(), CheckInValue.version.desc())
    )
    return {field: figure for field, figure in rows if figure is not None}


def ill_until(session: Session, athlete_id: UUID, day: date) -> date | None:
    """Until when an illness is expected to last that was said today or yesterday; None if well.

    Nobody knows, so it is two days from when it was last said, and longer when it is said again.
    """
    said = days(session, athlete_id, day - timedelta(days=1), day)
    illness = [(when, values["illness"]) for when, values in said.items() if "illness" in values]
    if not illness:
        return None
    when, value = illness[-1]
    return when + timedelta(days=ILLNESS_DAYS) if value == ILL else None


def resting_heart_rate_bpm(session: Session, athlete_id: UUID) -> float | None:
    """The median of the newest four weeks that have any; None where nothing was ever said."""
    newest = session.scalar(
        select(func.max(CheckInValue.day)).where(
            CheckInValue.athlete_id == athlete_id,
            CheckInValue.field == "resting_heart_rate_bpm",
            CheckInValue.figure.is_not(None),
        )
    )
    if newest is None:
        return None
    said = days(session, athlete_id, newest - timedelta(days=27), newest)
    rates = sorted(
        value
        for values in said.values()
        if isinstance(value := values.get("resting_heart_rate_bpm"), float)
    )
    return rates[len(rates) // 2] if rates else None


def say_many(
    session: Session, athlete_id: UUID, said: Iterable[tuple[date, Mapping[str, Value]]]
) -> None:
    """Keep checked values of days of which nothing was said before, by COPY."""
    copy_rows(
        session,
        CheckInValue,
        (
            {
                "athlete_id": athlete_id,
                "day": day,
                "field": field,
                "version": 1,
                "figure": value if isinstance(value, float) else None,
                "words": value if isinstance(value, str) else None,
            }
            for day, values in said
            for field, value in values.items()
        ),
    )


def check_day(session: Session, athlete_id: UUID, day: date) -> None:
    """Refuse days that have not come yet, and those before anybody's log.

    Raises:
        CheckInError: it is such a day.
    """
    if not FIRST_DAY <= day <= today_of(session, athlete_id):
        raise CheckInError(
            _("%(day)s is no day that can be told of yet; nothing was changed.")
            % {"day": day.isoformat()},
            next_step=_("choose today or a day before it"),
        )


def _keep(
    session: Session, athlete_id: UUID, day: date, field: str, value: Value, origin: str
) -> Said:
    _lock(session, athlete_id, day)
    versions = history(session, athlete_id, day, field)
    if versions and versions[0].value == value:
        return versions[0]
    row = CheckInValue(
        athlete_id=athlete_id,
        day=day,
        field=field,
        version=versions[0].version + 1 if versions else 1,
        figure=value if isinstance(value, float) else None,
        words=value if isinstance(value, str) else None,
        origin=origin,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return _said(row)


def _lock(session: Session, athlete_id: UUID, day: date) -> None:
    """Let two changes of one day come one after the other, until the transaction ends."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"check-in {athlete_id} {day}"},
    )


def _said(row: CheckInValue) -> Said:
    value = row.words if row.figure is None else row.figure
    return Said(row.day, row.field, row.version, value, row.origin, row.said_at)
