"""One run has one day: that of the place where it began, on every page and in all that leaves."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy.orm import Session

from strideiq import features
from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.athletes import tokens
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import Scope, Toolbox
from strideiq.fitness import public as fitness
from strideiq.fitness.history import efforts_of_the_window
from strideiq.gear import public as gear
from strideiq.imports.names import default_name
from strideiq.platform.runtime import Runtime
from strideiq.portability.export import streamed
from strideiq.today.log import distances_by_day
from strideiq.training import own, standing, views
from strideiq.training.exports import feed
from strideiq.training.pages import Presenter

HOME = "Europe/Vienna"
VIENNA, NEW_YORK, AUCKLAND, HONOLULU = (
    (48.2, 16.37), (40.78, -73.97), (-36.85, 174.76), (21.3, -157.85),
)  # fmt: skip
TRAVEL = [
    # An hour before New York's clocks go forward, and half an hour too early for the new day.
    ("2026-03-08T04:30", NEW_YORK, date(2026, 3, 7)),
    ("2026-03-09T03:30", NEW_YORK, date(2026, 3, 8)),
    # Where no place is known the athlete's clock tells, which was put forward this night.
    ("2026-03-28T23:30", None, date(2026, 3, 29)),
    ("2026-03-29T22:30", None, date(2026, 3, 30)),
    # Across the date line: the later run is on the earlier day, and Vienna says the reverse.
    ("2026-03-31T18:30", AUCKLAND, date(2026, 4, 1)),
    ("2026-03-31T22:30", HONOLULU, date(2026, 3, 31)),
    ("2026-04-03T06:00", VIENNA, date(2026, 4, 3)),
    # The second of two half past two in the night, and what its athlete says of a clock wins.
    ("2026-10-25T01:30", VIENNA, date(2026, 10, 25)),
    ("2026-10-27T18:30", VIENNA, date(2026, 10, 28)),
]
SAID = {8: "Asia/Tokyo"}
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
TODAY = date(2026, 11, 28)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
IN_LOG = r'<time[^>]*>([^<]+)</time></td>(?:(?!<time).)*?/activities/ID"'
IN_BEST = r'href="/activities/ID">[^<]*</a><br><span[^>]*>([^<]+)<'
IN_CHOICE = r'<option value="ID"[^>]*>[^<]*?, ([^<]+)</option>'
Days = Mapping[UUID, date]


def run(number: int, moment: str, place: tuple[float, float] | None) -> activities.ObservedActivity:
    """Five kilometres, each run faster than the one before, so that all were a best once."""
    time_s = np.arange(0.0, 1600 - 20 * number, 5)
    distance_m = time_s * (5050 / time_s[-1])
    streams = {"time_s": time_s, "distance_m": distance_m}
    if place is not None:
        along = distance_m / 111_195
        streams |= {"latitude_deg": place[0] + along, "longitude_deg": place[1] + 0 * along}
    return activities.ObservedActivity(
        sport="running",
        started_at=datetime.fromisoformat(moment).replace(tzinfo=UTC),
        elapsed_s=float(time_s[-1]),
        moving_s=float(time_s[-1]),
        distance_m=5050.0 + number,
        streams=streams,
        name=f"Run {number}",
    )


@pytest.fixture
def browser(new_browser: Any) -> Any:
    return new_browser("robin@example.com", time_zone=HOME)


@pytest.fixture
def days(session: Session, browser: Any) -> dict[UUID, date]:
    """The runs of a traveller with the day of each, each run with a workout planned for it."""
    assert features.FEATURES  # what an application registers is registered
    shoes = gear.add(session, browser.athlete_id, "Shoes")
    gear.set_default(session, browser.athlete_id, "running", shoes, ALWAYS)
    found = {}
    for number, (moment, place, day) in enumerate(TRAVEL):
        wanted = own.Wanted(day, "easy", own.structure_of("5.05 km easy"), None, None)
        own.add(session, browser.athlete_id, wanted, 48.0)
        [made] = activities.record_many(session, browser.athlete_id, [run(number, moment, place)])
        if number in SAID:
            activities.annotate(session, browser.athlete_id, made, "time_zone", SAID[number])
        found[made] = day
    session.commit()
    return found


def on(page: str, marks: str, days: Days) -> dict[UUID, date]:
    """The day before each link to an activity, where ``marks`` finds days."""
    pattern = re.compile(rf'{marks}|href="/activities/({"|".join(map(str, days))})')
    found: dict[UUID, date] = {}
    shown = ""
    for match in pattern.finditer(page):
        if match.group(2):
            found.setdefault(UUID(match.group(2)), date.fromisoformat(shown))
        else:
            shown = match.group(1)
    return found


def spoken(text: str) -> date:
    """A day as pages write it: with its weekday, in short or in full."""
    number, month, year = text.split(",", maxsplit=1)[0].split()[-3:]
    return date(int(year), MONTHS.index(month[:3]) + 1, int(number))


def beside(page: str, days: Days, written: str) -> dict[UUID, date]:
    """The day that is written after or before each link to an activity."""
    found = {}
    for activity_id in days:
        near = re.search(written.replace("ID", str(activity_id)), page, re.DOTALL)
        if near:
            found[activity_id] = spoken(re.sub("<[^>]*>", "", near.group(1)))
    return found


def pages(browser: Any, days: Days) -> Iterator[tuple[str, Days]]:
    log = browser.get("/activities?sort=distance").text
    yield (
        "the log",
        beside(log, days, IN_LOG),
    )
    months = ("2026-03", "2026-04", "2026-10")
    calendars = [browser.get(f"/activities/calendar?month={one}").text for one in months]
    yield "the log's calendar", on("".join(calendars), r'<time datetime="([\d-]+)"', days)
    bests = browser.get("/bests/5000m").text
    yield (
        "a best's history",
        beside(bests, days, IN_BEST),
    )
    first, *others = days
    compared = browser.get(f"/activities/{first}/compare").text
    options = beside(compared, days, IN_CHOICE)
    yield "comparing", options | {first: days[first]}
    assert len(options) == len(others)
    link = browser.post(f"/activities/{first}/share", {"lasts": "7"}).text
    found = re.search(r"/shared/[\w-]+", link)
    assert found
    own_pages = {one: browser.get(f"/activities/{one}").text for one in days}
    yield "its page", {one: spoken(under(page)) for one, page in own_pages.items()}
    assert spoken(under(browser.get(found.group()).text)) == days[first]


def under(page: str) -> str:
    """What stands below the name of an activity."""
    found = re.search(r'<p class="under">(?:<span>[^<]*</span>)?<time[^>]*>([^<]+)</time>', page)
    assert found
    return found.group(1)


def records(session: Session, athlete_id: UUID, days: Days) -> Iterator[tuple[str, Days]]:
    known = fitness.history(session, athlete_id, TODAY)
    assert known
    assert known.first_day == min(days.values())
    yield "fitness", {one.activity_id: one.day for one in known.sessions}
    window = efforts_of_the_window(session, athlete_id, date(2026, 4, 30))
    window += efforts_of_the_window(session, athlete_id, TODAY)
    yield "what shows the index", {one.activity_id: one.day for one in window}
    by_distance = {5050.0 + number: one for number, one in enumerate(days)}
    weeks = distances_by_day(session, athlete_id, HOME, date(2026, 1, 1))
    yield "weeks", {by_distance[metres]: day for day, metres in weeks.items()}
    runs = standing._runs(session, athlete_id, HOME, date(2026, 1, 1), TODAY)
    yield "what plans begin with", {by_distance[metres]: day for day, metres in runs}
    planned = views.workouts_between(session, athlete_id, date(2026, 1, 1), TODAY)
    yield "planned and done", {one.match.activity_id: one.day for one in planned if one.match}
    toolbox = Toolbox(Scope(session, athlete_id, TODAY), TOOLS)
    recent = toolbox.call("recent_runs", {"limit": len(days), "days": 365}).rows
    yield "the coach's runs", told(recent)
    bests = toolbox.call("personal_bests", {"distance": "5 km", "history": True}).rows
    yield "the coach's bests", told(bests) | {one: days[one] for one in list(days)[:-6]}
    worn = gear.all_gear(session, athlete_id)[0]
    assert (worn.first_day, worn.last_day) == (min(days.values()), max(days.values()))


def told(rows: Iterable[Mapping[str, object]]) -> Days:
    return {UUID(str(row["activity_id"])): date.fromisoformat(str(row["day"])) for row in rows}


def left(browser: Any, session: Session, runtime: Runtime) -> Iterator[tuple[str, Days]]:
    """What leaves the server: for programs, for calendars, and the whole account."""
    athlete_id = browser.athlete_id
    athlete = athletes.athlete_of(session, athlete_id)
    token = tokens.make(session, athlete_id, name="t", wanted=["activities:read"], lasts=None)
    session.commit()
    answer = browser.get("/api/v1/activities", headers={"Authorization": f"Bearer {token}"})
    yield "the API", told(answer.json()["activities"])
    archive = b"".join(streamed(runtime.sessions, athlete))
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        rows = csv.DictReader(io.StringIO(zipped.read("activities.csv").decode()))
        yield "the export", told(rows)
    presenter = Presenter(session, athlete, TODAY)
    workouts = views.workouts_between(session, athlete_id, date(2026, 1, 1), TODAY)
    of = {str(one.workout_id): one.match.activity_id for one in workouts if one.match}
    shown = [presenter.show(one) for one in workouts]
    events = feed.document("Robin", shown, presenter.f, datetime.now(UTC)).decode().split("BEGIN:")
    found = {}
    for event in events:
        uid, day = (re.search(rf"\n{name}(.*)", event) for name in ("UID:", "DTSTART;VALUE=DATE:"))
        if uid and day and "SUMMARY:\N{CHECK MARK}" in event:
            found[of[uid[1].strip().partition("@")[0]]] = date.fromisoformat(day[1].strip())
    yield "the calendar feed", found


def test_a_run_has_one_day_wherever_it_is_told(
    browser: Any, session: Session, runtime: Runtime, days: dict[UUID, date]
) -> None:
    """Pages, figures and files are gone through, whatever is added to any of them."""
    everywhere = [
        *records(session, browser.athlete_id, days),
        *pages(browser, days),
        *left(browser, session, runtime),
    ]
    wrong = [name for name, told in everywhere if told != days]
    assert not wrong


def test_a_run_without_a_name_is_called_by_the_clock_of_its_place() -> None:
    nameless = replace(run(0, *TRAVEL[4][:2]), name=None)
    assert default_name(nameless, ZoneInfo(HOME)) == "Morning run"
    assert default_name(replace(nameless, streams={}), ZoneInfo(HOME)) == "Evening run"


def test_a_month_comes_once_in_the_log_across_the_date_line(browser: Any, days: Days) -> None:
    page = browser.get("/activities").text
    assert [page.count(f"{month} 2026</") for month in ("March", "April", "October")] == [1, 1, 1]
    assert len(days) == len(TRAVEL)
