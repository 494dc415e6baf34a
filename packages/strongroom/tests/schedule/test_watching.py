"""The watcher's loop in a made-up world: weeks pass in a moment, clocks are set, jobs fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from strongroom.backups import Manifest
from strongroom.config import Configuration, default_document, parse
from strongroom.drills import DrillRecord
from strongroom.errors import NoSpaceError, StorageError
from strongroom.report import StoreFacts, attempts_of
from strongroom.report.facts import newest_until
from strongroom.schedule import Event, Events, Watcher, running
from strongroom.schedule.running import Outcome

START = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY_S = 86_400.0


@dataclass
class World:
    """A clock that can be set, a store that remembers, jobs that may fail."""

    wall: datetime = START
    s: float = 0.0
    backups: list[datetime] = field(default_factory=list)
    drills: list[datetime] = field(default_factory=list)
    prunes: list[datetime] = field(default_factory=list)
    refuted: bool = False
    looks: int = 0
    events: list[Event] = field(default_factory=list)
    ends_at_s: float = 10 * DAY_S
    set_at_s: dict[float, timedelta] = field(default_factory=dict)
    fault: Callable[[], None] = lambda: None
    watcher: Watcher | None = None

    def now(self) -> datetime:
        return self.wall

    def steady_s(self) -> float:
        return self.s

    def wait(self, timeout_s: float) -> None:
        """Let time pass, and have the clock set in it where that is due."""
        passed = max(timeout_s, 0.001)
        self.s, self.wall = self.s + passed, self.wall + timedelta(seconds=passed)
        for at_s in [one for one in self.set_at_s if one <= self.s]:
            self.wall += self.set_at_s.pop(at_s)
        if self.s >= self.ends_at_s and self.watcher:
            self.watcher.stop.request()

    def read_store(self, configuration: Configuration, now: datetime) -> StoreFacts:
        del configuration
        manifests: Any = [
            SimpleNamespace(backup_id=str(one), started_at=one) for one in self.backups
        ]
        newest: Manifest | None = newest_until(manifests, now)
        records = [DrillRecord("d", "b", "0", "proven", one, 1.0) for one in self.drills]
        last = records[-1] if newest and records and records[-1].at >= newest.started_at else None
        return StoreFacts(newest=newest, last_drill=last, last_of_any=last)

    def back_up(self, configuration: Configuration, progress: Any) -> Outcome:
        del configuration, progress
        self.fault()
        self.backups.append(self.wall)
        return Outcome("backup", 0, {})

    def drill(self, configuration: Configuration, progress: Any) -> Outcome:
        del configuration, progress
        self.drills.append(self.wall)
        return Outcome("drill", 20 if self.refuted else 0, {})

    def prune(self, configuration: Configuration, progress: Any) -> Outcome:
        del configuration, progress
        self.prunes.append(self.wall)
        return Outcome("prune", 0, {})

    def collect(self, *_: Any, **__: Any) -> Any:
        self.looks += 1
        raise StorageError("nothing to see in a made-up world", next_step="none")

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.events]


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    text = default_document(application="shop", environment="production", database="shop")
    return parse(tmp_path / "strongroom.toml", text)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(running, "read_store", made.read_store)
    monkeypatch.setattr(running, "collect", made.collect)
    jobs = {"backup": made.back_up, "drill": made.drill, "prune": made.prune}
    monkeypatch.setattr(running, "_JOBS", jobs)
    return made


def watch(world: World, configuration: Configuration) -> None:
    world.watcher = Watcher([configuration], Events(world.events.append), clock=world)
    world.watcher.stop.wait = world.wait  # type: ignore[method-assign]
    world.watcher.watch()


def test_ten_days_have_ten_backups_and_as_many_drills(
    world: World, configuration: Configuration
) -> None:
    watch(world, configuration)
    assert len(world.backups) == 11, "one at once, and then one in every night"
    assert {one.strftime("%H:%M") for one in world.backups[1:]} == {"02:30"}
    assert len(world.drills) == 11
    assert world.looks >= 10 * 24 - 12, "between them it looks every hour"
    assert (world.names[0], world.names[-1]) == ("watch.started", "watch.ended")


@pytest.mark.parametrize("refuted", [False, True])
def test_old_backups_go_after_each_new_one_unless_something_is_wrong(
    world: World, configuration: Configuration, *, refuted: bool
) -> None:
    watch(world, configuration)
    assert world.prunes == [], "nobody asked for it"
    world.refuted, world.ends_at_s = refuted, 2 * world.ends_at_s
    watch(world, replace(configuration, schedule={"prune": "after each backup"}))
    assert len(world.prunes) == (0 if refuted else 10)


@pytest.mark.parametrize("jump", [timedelta(days=-40), timedelta(days=40), timedelta(hours=-3)])
def test_a_clock_that_is_set_makes_nothing_run_twice_or_wait_for_ever(
    world: World, configuration: Configuration, jump: timedelta
) -> None:
    world.set_at_s = {4.6 * DAY_S: jump}
    watch(world, configuration)
    assert "clock.jumped" in world.names
    jumped = attempts_of(configuration).clock_jump
    assert jumped is not None
    assert jumped.jump_s == pytest.approx(jump.total_seconds(), abs=1)
    assert 10 <= len(world.backups) <= 12, "ten nights, at once at the start, and after the jump"
    after = [one for one in world.backups if abs(one - (START + jump)) < timedelta(days=11)]
    assert len(after) >= 5, "the nights after it have their backups, by the clock that is now"


def test_a_clock_set_forth_and_back_again_costs_two_backups_at_most(
    world: World, configuration: Configuration
) -> None:
    year = timedelta(days=365)
    world.set_at_s = {4.6 * DAY_S: year, 4.7 * DAY_S: -year}
    watch(world, configuration)
    assert 11 <= len(world.backups) <= 13
    assert world.backups[-1] == max(one for one in world.backups if one < START + year / 2)


def test_a_job_that_fails_is_tried_again_ever_more_rarely_and_ends_nothing(
    world: World, configuration: Configuration
) -> None:
    tried: list[float] = []

    def full() -> None:
        tried.append(world.s)
        if world.s < 2 * DAY_S:
            raise NoSpaceError("The disk is full.", next_step="make room")

    world.fault, world.ends_at_s = full, 3 * DAY_S
    watch(world, configuration)
    assert 48 <= len(tried) <= 60, "at first after a minute, then every hour"
    assert len(world.backups) == 2, "when there was room, and in the night after"
    assert attempts_of(configuration).failed == {}


def test_what_nobody_expected_ends_nothing_either(
    world: World, configuration: Configuration
) -> None:
    def odd() -> None:
        if world.s < DAY_S:
            raise ZeroDivisionError("postgresql://u:secret@h/db")

    world.fault, world.ends_at_s = odd, 2 * DAY_S
    watch(world, configuration)
    assert world.backups
    failed = [one for one in world.events if one.name == "backup.failed"]
    assert "ZeroDivisionError" in str(failed[0].details["message"])
    assert "secret" not in str([one.as_json() for one in world.events])


def test_a_store_that_cannot_be_asked_is_asked_again(
    world: World, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(configuration: Configuration, now: datetime) -> StoreFacts:
        if world.s < DAY_S:
            raise StorageError("The store is away.", next_step="bring it back")
        return world.read_store(configuration, now)

    monkeypatch.setattr(running, "read_store", away)
    world.ends_at_s = 1.5 * DAY_S
    watch(world, configuration)
    assert len(world.backups) == 1
    assert 24 <= world.names.count("run.failed") <= 40
    assert world.looks > 24, "who watches is told of it"


def test_jitter_and_quiet_times_are_kept(world: World, configuration: Configuration) -> None:
    text = (
        configuration.path.parent / "strongroom.toml",
        default_document(application="shop", environment="production", database="shop")
        + '\n[schedule]\njitter_s = 1200\nquiet = ["02:00-02:35"]\ntime_zone = "Europe/Vienna"\n',
    )
    watch(world, parse(*text))
    assert len(world.backups) == 11
    nights = [one + timedelta(hours=1) for one in world.backups[1:]]
    assert all(
        timedelta(hours=2, minutes=35) <= _of_day(one) < timedelta(hours=2, minutes=51)
        for one in nights
    )
    assert len({_of_day(one) for one in nights}) > 3


def _of_day(moment: datetime) -> timedelta:
    return moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)
