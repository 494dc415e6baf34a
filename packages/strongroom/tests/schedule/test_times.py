from __future__ import annotations

import itertools
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.schedule.parsing import quiet_from, schedule_from
from strongroom.schedule.times import (
    Daily,
    Every,
    Quiet,
    Schedule,
    Weekly,
    covers_the_day,
    missed,
    permitted,
)

VIENNA = ZoneInfo("Europe/Vienna")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Vienna",
        "America/New_York",
        "Australia/Lord_Howe",  # half an hour of summer time
        "Asia/Kathmandu",
        "Pacific/Apia",  # left out a whole day in 2011
    )
]

moments = st.datetimes(
    datetime.fromisoformat("2011-01-01"),
    datetime.fromisoformat("2040-01-01"),
    timezones=st.just(UTC),
)
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
zones = st.sampled_from(ZONES)
schedules: st.SearchStrategy[Schedule] = st.one_of(
    st.builds(Daily, minutes, zones),
    st.builds(Weekly, st.integers(0, 6), minutes, zones),
    st.builds(Every, st.integers(60, 40 * 86_400)),
)
windows = st.lists(
    st.builds(Quiet, minutes, minutes).filter(lambda one: one.start != one.end), max_size=3
).filter(lambda several: not covers_the_day(several))


@settings(deadline=None)
@given(schedules, moments)
def test_slots_around_a_moment_are_neighbours(schedule: Schedule, moment: datetime) -> None:
    before, after = schedule.latest_until(moment), schedule.next_after(moment)
    assert before <= moment < after
    assert schedule.next_after(before) == after
    assert schedule.latest_until(after) == after
    assert schedule.latest_until(after - timedelta(microseconds=1)) == before


@settings(deadline=None)
@given(minutes, zones, moments)
def test_a_daily_schedule_has_one_slot_on_every_day_that_there_is(
    at: time, zone: ZoneInfo, start: datetime
) -> None:
    """In a year of local days, also across each change of the clock."""
    schedule = Daily(at, zone)
    slots = list(missed(schedule, start, start + timedelta(days=370)))
    assert len(slots) in (369, 370, 371)
    for earlier, later in itertools.pairwise(slots):
        assert timedelta(hours=20) <= later - earlier <= timedelta(hours=28)
    wrong = [one for one in slots if one.astimezone(zone).time() != at]
    for one in wrong:
        naive = datetime.combine(one.astimezone(zone).date(), at, tzinfo=zone)
        assert naive.astimezone(UTC).astimezone(zone).time() != at, "there was no such time"


@settings(deadline=None)
@given(st.integers(0, 6), minutes, zones, moments)
def test_a_weekly_schedule_is_on_its_day(
    weekday: int, at: time, zone: ZoneInfo, moment: datetime
) -> None:
    slot = Weekly(weekday, at, zone).next_after(moment)
    local = slot.astimezone(zone)
    if local.time() == at:
        assert local.weekday() == weekday
    assert slot - moment <= timedelta(days=8)


@settings(deadline=None)
@given(schedules, moments, st.integers(0, 30 * 86_400))
def test_what_was_missed_is_every_slot_of_the_time_between(
    schedule: Schedule, since: datetime, later_s: int
) -> None:
    until = min(since + timedelta(seconds=later_s), since + timedelta(days=3))
    slots = list(missed(schedule, since, until))
    assert slots == sorted(set(slots))
    assert all(since < slot <= until for slot in slots)
    assert (slots[-1] if slots else None) == (
        latest if (latest := schedule.latest_until(until)) > since else None
    )


@settings(deadline=None)
@given(windows, moments, zones)
def test_what_is_permitted_is_in_no_quiet_time_and_never_earlier(
    quiet: list[Quiet], moment: datetime, zone: ZoneInfo
) -> None:
    found = permitted(moment, quiet, zone)
    assert moment <= found <= moment + timedelta(hours=50)
    assert permitted(found, quiet, zone) == found
    assert all(window.ends(found, zone) is None for window in quiet)
    if all(window.ends(moment, zone) is None for window in quiet):
        assert found == moment


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 28), "2026-03-28T01:30"),
        (date(2026, 3, 29), "2026-03-29T01:30"),  # 02:30 is left out, and it is 03:30
        (date(2026, 3, 30), "2026-03-30T00:30"),
        (date(2026, 10, 25), "2026-10-25T00:30"),  # 02:30 comes twice, and it is the first
        (date(2026, 10, 26), "2026-10-26T01:30"),
    ],
)
def test_half_past_two_in_vienna_across_the_changes_of_the_clock(day: date, expected: str) -> None:
    midnight = datetime.combine(day, time(), tzinfo=VIENNA)
    slot = Daily(time(2, 30), VIENNA).next_after(midnight)
    assert slot.isoformat(timespec="minutes").removesuffix("+00:00") == expected


def test_a_quiet_time_past_midnight_and_into_the_hour_that_comes_twice() -> None:
    night = [Quiet(time(22), time(2, 30))]
    evening = datetime(2026, 10, 24, 23, tzinfo=VIENNA)
    end = permitted(evening, night, VIENNA)
    assert end == datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "the second half past two"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("daily at 02:30", Daily(time(2, 30), VIENNA)),
        ("Daily  at 2:30", Daily(time(2, 30), VIENNA)),
        ("weekly on Sunday at 04:00", Weekly(6, time(4), VIENNA)),
        ("every 6 h", Every(21_600)),
        ("every 15min", Every(900)),
        ("every 1 d", Every(86_400)),
    ],
)
def test_schedules_are_written_as_people_say_them(text: str, expected: Schedule) -> None:
    assert schedule_from(text, VIENNA) == expected


@pytest.mark.parametrize(
    "text",
    ["", "daily", "daily at 25:00", "every 0 h", "every 6", "weekly on Soon at 1:00", "0 2 * * *"],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        schedule_from(text, VIENNA)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_is_worse_than_refused(text: str) -> None:
    for read in (lambda one: schedule_from(one, VIENNA), quiet_from):
        with suppress(ValueError):
            assert read(text)
