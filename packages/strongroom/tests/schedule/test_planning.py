from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.backups import Manifest
from strongroom.config import default_document, parse
from strongroom.drills import DrillRecord
from strongroom.errors import ConfigurationError
from strongroom.report import Attempts, Failure, StoreFacts
from strongroom.schedule import Daily, Every, Quiet, ScheduleSettings, Weekly, settings_of
from strongroom.schedule.planning import BACKOFF_MAX_S, backoff_s, plan

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
VIENNA = ZoneInfo("Europe/Vienna")
NIGHTLY = ScheduleSettings(Daily(time(2, 30), VIENNA), None, VIENNA)
HOUR = timedelta(hours=1)


def store(age: timedelta | None, *, drilled: timedelta | None = None) -> StoreFacts:
    if age is None:
        return StoreFacts()
    newest = cast("Manifest", SimpleNamespace(backup_id="b", started_at=NOW - age))
    drill = DrillRecord("d", "b", "0", "proven", NOW - drilled, 1.0) if drilled else None
    return StoreFacts(newest=newest, last_drill=drill, last_of_any=drill)


def times(
    facts: StoreFacts, how: ScheduleSettings = NIGHTLY, now: datetime = NOW, **more: Any
) -> dict[str, datetime]:
    attempts = more.pop("attempts", Attempts())
    return {one.job: one.at for one in plan(how, facts, attempts, now, **more)}


def test_what_was_missed_is_caught_up_once_and_now() -> None:
    assert times(store(10 * 24 * HOUR))["backup"] == NOW
    assert times(store(HOUR))["backup"] == datetime(2026, 11, 28, 1, 30, tzinfo=UTC)
    assert times(store(None)) == {"backup": NOW}, "and without a backup there is no drill"


def test_a_backup_that_somebody_took_by_hand_serves_the_slots_before_it() -> None:
    by_hand = NOW.replace(hour=1, minute=31)
    assert times(store(NOW - by_hand))["backup"] > NOW


def test_a_drill_follows_each_backup_or_its_own_schedule() -> None:
    assert times(store(HOUR))["drill"] == NOW
    assert "drill" not in times(store(HOUR, drilled=HOUR / 2))
    weekly = replace(NIGHTLY, drill=Weekly(6, time(4), VIENNA))
    assert times(store(HOUR, drilled=24 * HOUR), weekly)["drill"] == datetime(
        2026, 11, 29, 3, tzinfo=UTC
    )
    assert times(store(HOUR, drilled=8 * 24 * HOUR), weekly)["drill"] == NOW


def test_nothing_begins_in_a_quiet_time_not_even_what_was_missed() -> None:
    quiet = replace(NIGHTLY, quiet=(Quiet(time(11), time(14)),))
    end = datetime(2026, 11, 27, 13, tzinfo=UTC)
    assert times(store(10 * 24 * HOUR), quiet) == {"backup": end, "drill": end}


def test_a_job_that_failed_waits_longer_each_time_and_not_for_ever() -> None:
    waits = [backoff_s(failures) for failures in range(1, 2000)]
    assert waits[:4] == [60, 120, 240, 480]
    assert waits == sorted(waits)
    assert waits[-1] == BACKOFF_MAX_S
    for failures, ago_s in ((1, 10), (3, 100), (500, 3000)):
        at = NOW - timedelta(seconds=ago_s)
        attempts = Attempts({"backup": Failure(at, failures, "x", "x", "x")})
        planned = times(store(10 * 24 * HOUR), attempts=attempts)["backup"]
        assert planned == at + timedelta(seconds=backoff_s(failures))
        assert times(store(10 * 24 * HOUR), attempts=attempts, patient=False)["backup"] == NOW


def test_a_failure_of_the_future_holds_nothing_up() -> None:
    attempts = Attempts({"backup": Failure(NOW + 24 * HOUR, 9, "x", "x", "x")})
    assert times(store(10 * 24 * HOUR), attempts=attempts)["backup"] == NOW


@given(
    st.one_of(st.just(Daily(time(2, 30), VIENNA)), st.builds(Every, st.integers(600, 200_000))),
    st.integers(0, 3_600),
    st.sampled_from([(), (Quiet(time(7), time(9)),), (Quiet(time(22), time(6, 30)),)]),
    st.lists(st.integers(1, 200_000), min_size=1, max_size=25),
)
def test_between_two_runs_there_is_a_slot_and_what_is_due_is_never_put_off(
    schedule: Any, jitter_s: int, quiet: tuple[Quiet, ...], waits: list[int]
) -> None:
    """A watcher that looks at any moments: never twice for a slot, and never later than it may."""
    how = ScheduleSettings(schedule, None, VIENNA, jitter_s=jitter_s, quiet=quiet, name="shop")
    now, served = NOW, NOW
    for wait_s in waits:
        now += timedelta(seconds=wait_s)
        facts = replace(store(HOUR), newest=SimpleNamespace(backup_id="b", started_at=served))  # type: ignore[arg-type]
        (at,) = [one.at for one in plan(how, facts, Attempts(), now) if one.job == "backup"]
        slot = schedule.next_after(served)
        assert at >= slot
        assert how.permitted(at) == at
        assert at <= max(how.permitted(now), how.due_at(slot))
        if at <= now:
            assert slot <= now
            served = now


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('backup = "sometimes"', "sometimes"),
        ('drill = "after every backup"', "after every backup"),
        ('time_zone = "Europe/Nowhere"', "Nowhere"),
        ('time_zone = "../../etc/passwd"', "time zone"),
        ("jitter_s = -1", "jitter_s"),
        ("look_s = nan", "look_s"),
        ('quiet = "07:00-09:00"', "list"),
        ('quiet = ["07:00"]', "quiet time"),
        ('quiet = ["00:00-12:00", "11:00-00:00"]', "no time"),
        ("metrics_port = 70000", "port"),
        ("metrics_port = true", "port"),
        ('backups = "daily at 02:30"', "backups"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(tmp_path: Path, text: str, told: str) -> None:
    document = default_document(application="shop", environment="test", database="shop")
    configuration = parse(tmp_path / "strongroom.toml", f"{document}\n[schedule]\n{text}\n")
    with pytest.raises(ConfigurationError, match=told):
        settings_of(configuration)
