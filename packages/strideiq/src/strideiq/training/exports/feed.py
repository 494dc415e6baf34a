"""The plans as an iCalendar feed (RFC 5545), under an address that only its owner knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from strideiq.platform.formats import Formats, duration_text
from strideiq.platform.security import new_token
from strideiq.training import words
from strideiq.training.models import CalendarFeed
from strideiq.training.pages import Shown

BEHIND, AHEAD = timedelta(days=60), timedelta(days=400)
"""Which days a feed holds, counted from today."""


@dataclass(frozen=True)
class FeedView:
    """A feed's address as its owner sees it; the secret itself is not kept."""

    created_at: datetime
    last_read_at: datetime | None


def open_feed(session: Session, athlete_id: UUID) -> str:
    """Make an address, in place of the one before; gives its secret, which is shown once."""
    revoke(session, athlete_id)
    token = new_token()
    session.add(CalendarFeed(athlete_id=athlete_id, token_hash=_hashed(token)))
    session.flush()
    return token


def revoke(session: Session, athlete_id: UUID) -> None:
    """Let no address give anything any more."""
    session.execute(
        update(CalendarFeed)
        .where(CalendarFeed.athlete_id == athlete_id, CalendarFeed.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
    )


def current(session: Session, athlete_id: UUID) -> FeedView | None:
    """The athlete's address, if there is one."""
    row = session.scalar(
        select(CalendarFeed).where(
            CalendarFeed.athlete_id == athlete_id, CalendarFeed.revoked_at.is_(None)
        )
    )
    return None if row is None else FeedView(row.created_at, row.last_read_at)


def owner(session: Session, token: str) -> UUID | None:
    """Whose feed a secret opens; None for one that is unknown or revoked."""
    row = session.scalar(
        select(CalendarFeed).where(
            CalendarFeed.token_hash == _hashed(token), CalendarFeed.revoked_at.is_(None)
        )
    )
    if row is None:
        return None
    row.last_read_at = datetime.now(UTC)
    return row.athlete_id


def span(today: date) -> tuple[date, date]:
    """The first and the last day of a feed."""
    return today - BEHIND, today + AHEAD


def document(name: str, workouts: Iterable[Shown], f: Formats, now: datetime) -> bytes:
    """The calendar as bytes: a whole-day event for each workout."""
    from icalendar import Calendar, Event  # noqa: PLC0415  a tenth of a second

    calendar = Calendar()
    calendar.add("prodid", "-//StrideIQ//Training plans//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for shown in workouts:
        event = Event()
        event.add("uid", f"{shown.workout.workout_id}@strideiq")
        event.add("dtstamp", now)
        event.add("dtstart", shown.workout.day)
        event.add("dtend", shown.workout.day + timedelta(days=1))
        event.add("summary", _summary(shown, f))
        event.add("description", _description(shown, f))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _summary(shown: Shown, f: Formats) -> str:
    done = "\N{CHECK MARK} " if shown.state == "done" else ""
    return f"{done}{shown.title}, {words.distance_words(shown.distance_m, f)}"


def _description(shown: Shown, f: Formats) -> str:
    lines = [
        f"{shown.summary} ({duration_text(shown.duration_s)})",
        words.say_all(shown.workout.reasons, f),
        shown.workout.notes or "",
    ]
    return "\n\n".join(line for line in lines if line)


def _hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()
