"""The weather of runs: which are asked for, how it becomes an observation, when to ask again.

Runs of one place and month are one request. What the source says is an observation of the
activity like any other: it is added once, and what the athlete says of the weather wins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.public import RoughPlace, Source, Unasked
from strideiq.athletes.public import athlete_of
from strideiq.connections import queue
from strideiq.connections.http import Door
from strideiq.connections.queue import Job
from strideiq.connections.registry import Context, Service, utc_now
from strideiq.connections.service import is_at_work
from strideiq.connections.terms import Terms
from strideiq.connections.weather.open_meteo import OpenMeteo
from strideiq.connections.weather.source import Weather, WeatherSource, during
from strideiq.connections.weather.words import in_words
from strideiq.platform import language
from strideiq.platform.formats import Formats
from strideiq.platform.language import marked
from strideiq.platform.settings import Settings

NAME = "weather"
KIND = "weather"
LOOK, MONTH = "look", "month"

APART = timedelta(seconds=1)
"""Requests of a backfill are this far apart: a month of hours counts as two or three of the 600
that Open-Meteo gives away in a minute."""
LATE = timedelta(days=14)
"""So long a source may take to know an hour; Open-Meteo's archive takes some days."""
NEXT_LOOK = timedelta(days=1)
SOON, LATER = 40, 60


def source_of(context: Context) -> WeatherSource:
    """The source that the operator has chosen."""
    settings = context.settings
    return OpenMeteo(Door(settings.weather), settings.weather_key.get_secret_value(), context.clock)


def source_named(name: str) -> Source:
    """How a weather source is called among the sources of an activity."""
    return Source(KIND, name=f"weather:{name}")


def configured(settings: Settings) -> bool:
    """Whether the operator has chosen a source."""
    return bool(settings.weather)


def begin(session: Session, athlete_id: UUID, now: datetime) -> None:
    """Look for every activity whose weather is not known."""
    queue.enqueue(session, athlete_id, NAME, LOOK, due_at=now, priority=SOON)


def recorded(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> None:
    """Look again when activities were recorded, where the athlete wants their weather."""
    del activity_ids
    if is_at_work(session, athlete_id, NAME):
        queue.enqueue(session, athlete_id, NAME, LOOK, due_at=utc_now(), priority=SOON)


def work(context: Context, job: Job) -> None:
    """Do one job of it."""
    source = source_of(context)
    if job.kind == LOOK:
        with context.sessions.begin() as session:
            _look(session, job.athlete_id, source.name, context.clock())
    elif job.kind == MONTH:
        _month(context, job, source)


def _look(session: Session, athlete_id: UUID, source: str, now: datetime) -> None:
    """Ask for what is missing, one request for each place and month."""
    missing = activities.not_spoken_of(session, athlete_id, source_named(source).key(0))
    missing = [each for each in missing if each.ended_at <= now]
    places = activities.rough_places(session, athlete_id, [each.activity_id for each in missing])
    together: defaultdict[tuple[RoughPlace, str], list[Unasked]] = defaultdict(list)
    for each in missing:
        if (place := places.get(each.activity_id)) is not None:
            together[place, f"{each.started_at:%Y-%m}"].append(each)
    for number, (place, month) in zip(count(), together, strict=False):
        queue.enqueue(
            session,
            athlete_id,
            NAME,
            MONTH,
            f"{place.latitude_deg:.1f} {place.longitude_deg:.1f} {month}",
            due_at=now + number * APART,
            priority=LATER,
            given=_given(place, together[place, month]),
        )


def _month(context: Context, job: Job, source: WeatherSource) -> None:
    """Fetch the hours of a month at a place, and say of each activity what they were."""
    place, asked = _of_given(job.given)
    first = min(each.started_at for each in asked).date()
    last = (max(each.ended_at for each in asked) + timedelta(hours=1)).date()
    now = context.clock()
    hours = source.hours(place, first, min(last, now.date()))
    with context.sessions.begin() as session:
        late = False
        for each in asked:
            found = during(hours, each.started_at, each.ended_at)
            if found is None and each.ended_at > now - LATE:
                late = True
            else:
                _observe(session, job.athlete_id, each, source.name, found)
        if late:
            when = now + NEXT_LOOK
            queue.enqueue(
                session, job.athlete_id, NAME, LOOK, f"{when:%Y-%m-%d}", due_at=when, priority=LATER
            )


def _observe(
    session: Session, athlete_id: UUID, asked: Unasked, source: str, found: Weather | None
) -> None:
    """Add what was found; that nothing is known is said too, so that it is not asked again."""
    said: dict[str, object] = {}
    if found is not None:
        said = {
            "weather": _words(session, athlete_id, found),
            "temperature_c": round(found.temperature_c, 1),
            "humidity_percent": _rounded(found.humidity_percent),
        }
    try:
        activities.observe_fields(
            session, athlete_id, asked.activity_id, source_named(source), said
        )
    except activities.NoSuchActivityError:
        return  # Its athlete's account was emptied meanwhile.


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else float(round(figure))


def _words(session: Session, athlete_id: UUID, found: Weather) -> str | None:
    athlete = athlete_of(session, athlete_id)
    before = language.current()
    language.use(athlete.language or language.SOURCE)
    try:
        return in_words(found, Formats(athlete.units, athlete.time_zone)) or None
    finally:
        language.use(before)


def _given(place: RoughPlace, asked: Sequence[Unasked]) -> dict[str, Any]:
    return {
        "place": [place.latitude_deg, place.longitude_deg],
        "activities": [
            [str(each.activity_id), each.started_at.isoformat(), each.ended_at.isoformat()]
            for each in asked
        ],
    }


def _of_given(given: Any) -> tuple[RoughPlace, list[Unasked]]:  # noqa: ANN401  a stored job's JSON
    asked = [
        Unasked(UUID(one), datetime.fromisoformat(began), datetime.fromisoformat(ended))
        for one, began, ended in given["activities"]
    ]
    return RoughPlace(*given["place"]), asked


def _nothing(*_: object) -> None:
    """There is nothing to end, to tell or to put away: no account is behind it."""


SERVICE = Service(
    name=NAME,
    title=marked("Weather"),
    words=marked(
        "Temperature, humidity, wind and rain of each run. What is sent for it is the place, "
        "rounded to a tenth of a degree (about 11 km), and the days; nothing that you hide, and "
        "nothing else."
    ),
    terms=Terms(KIND, address="https://open-meteo.com/en/terms"),
    connect_path="/connections/weather/connect",
    configured=configured,
    work=work,
    begin=begin,
    ended=_nothing,
    revoke=_nothing,
    put_away=_nothing,
    turn_on=marked("Look up the weather of my runs"),
    set_up=marked(
        "This server asks nobody about the weather. Whoever runs it can choose a source in its "
        "settings (STRIDEIQ_WEATHER)."
    ),
)
