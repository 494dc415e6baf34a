"""No history, however made up, makes the policy let go of what time must not take."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.backups.retention import (
    DrillVerdict,
    Facts,
    Fate,
    decide,
    removal_order,
)
from strongroom.backups.retention_settings import RetentionSettings, settings_of
from strongroom.config import default_document, parse
from strongroom.errors import ConfigurationError
from strongroom.testing.killing import SOAK

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)
TABLES = ("public.order", "public.athlete", "public.queue")
KEEP = {"public.queue": "none"}
NOTHING = RetentionSettings(hourly=0, daily=0, weekly=0, monthly=0, yearly=0, keep_min_s=0)
VERDICTS: tuple[DrillVerdict | None, ...] = ("proven", "proven", "failed", "unreadable", None)


def decided(
    backups: Sequence[Facts],
    verdicts: Mapping[str, DrillVerdict],
    chosen: RetentionSettings = NOTHING,
    now: datetime | None = None,
) -> list[Fate]:
    newest = max((one.started_at for one in backups), default=BEGIN)
    return decide(backups, verdicts, chosen, keep=KEEP, now=now or newest)


def kept(fates: Sequence[Fate]) -> list[str]:
    return [fate.backup.backup_id for fate in fates if fate.kept]


def daily(days: int, *, rows: int = 10) -> list[Facts]:
    return [
        Facts(f"day-{n:04}", BEGIN + timedelta(days=n), "life", {"public.order": rows})
        for n in range(days)
    ]


@st.composite
def histories(
    draw: st.DrawFn,
) -> tuple[list[Facts], dict[str, DrillVerdict], RetentionSettings]:
    """Backups in any order of time, of up to three lives, in chains, drilled or not."""
    count = draw(st.integers(0, 25))
    hours = draw(st.lists(st.integers(0, 60_000), min_size=count, max_size=count))
    backups = []
    for n, hour in enumerate(hours):
        rows = st.one_of(st.none(), st.integers(0, 4))
        backups.append(
            Facts(
                f"backup-{n:03}",
                BEGIN + timedelta(hours=hour),
                f"life-{draw(st.integers(0, 2))}",
                {table: draw(rows) for table in TABLES},
                parent=f"backup-{draw(st.integers(0, count + 1)):03}"
                if draw(st.booleans())
                else None,
            )
        )
    drawn = {one.backup_id: draw(st.sampled_from(VERDICTS)) for one in backups}
    chosen = RetentionSettings(*(draw(st.integers(0, 3)) for _ in range(5)), keep_min_s=0)
    return backups, {name: one for name, one in drawn.items() if one}, chosen


@given(histories())
def test_the_newest_proven_backup_of_each_incarnation_stays(
    history: tuple[list[Facts], dict[str, DrillVerdict], RetentionSettings],
) -> None:
    backups, verdicts, chosen = history
    stay = kept(decided(backups, verdicts, chosen))
    for life in {one.incarnation for one in backups}:
        proven = [one for one in backups if _proven_in(one, life, verdicts)]
        if proven:
            newest = max(proven, key=lambda one: (one.started_at, one.backup_id))
            assert newest.backup_id in stay


@given(histories())
def test_the_last_proven_backup_at_each_tables_highest_count_stays(
    history: tuple[list[Facts], dict[str, DrillVerdict], RetentionSettings],
) -> None:
    backups, verdicts, chosen = history
    stay = kept(decided(backups, verdicts, chosen))
    lives = {one.incarnation for one in backups}
    for life, table in itertools.product(lives, set(TABLES) - KEEP.keys()):
        proven = [one for one in backups if _proven_in(one, life, verdicts)]
        highest = max((one.rows[table] or 0 for one in proven), default=0)
        if highest:
            at_it = [one for one in proven if one.rows[table] == highest]
            last = max(at_it, key=lambda one: (one.started_at, one.backup_id))
            assert last.backup_id in stay


@given(histories())
def test_more_rows_than_any_proven_backup_has_are_not_let_go_for_want_of_a_drill(
    history: tuple[list[Facts], dict[str, DrillVerdict], RetentionSettings],
) -> None:
    backups, verdicts, chosen = history
    stay = {*kept(decided(backups, verdicts, chosen))}
    for table in set(TABLES) - KEEP.keys():
        highest = max((one.rows[table] or 0 for one in backups), default=0)
        left = max((one.rows[table] or 0 for one in backups if one.backup_id in stay), default=0)
        assert left == highest


@given(histories())
def test_a_kept_backup_keeps_all_that_it_builds_on(
    history: tuple[list[Facts], dict[str, DrillVerdict], RetentionSettings],
) -> None:
    backups, verdicts, chosen = history
    stay = kept(decided(backups, verdicts, chosen))
    there = {one.backup_id for one in backups}
    for one in backups:
        if one.backup_id in stay and one.parent in there:
            assert one.parent in stay


@given(histories())
def test_what_builds_on_a_backup_is_removed_before_it(
    history: tuple[list[Facts], dict[str, DrillVerdict], RetentionSettings],
) -> None:
    backups, _, _ = history
    chained = [  # a chain has no ring: the parent has a smaller number
        replace(one, parent=one.parent if (one.parent or "~") < one.backup_id else None)
        for one in backups
    ]
    order = [fate.backup for fate in removal_order([Fate(one) for one in chained])]
    assert len(order) == len(chained)
    for place, backup in enumerate(order):
        assert backup.parent not in [earlier.backup_id for earlier in order[:place]]


@given(histories())
def test_what_is_not_proven_stays_until_a_newer_one_is(
    history: tuple[list[Facts], dict[str, DrillVerdict], RetentionSettings],
) -> None:
    backups, verdicts, chosen = history
    stay = kept(decided(backups, verdicts, chosen))
    for one in backups:
        newer = [
            other
            for other in backups
            if (other.started_at, other.backup_id) > (one.started_at, one.backup_id)
        ]
        if not any(verdicts.get(other.backup_id) == "proven" for other in newer):
            assert one.backup_id in stay or verdicts.get(one.backup_id) in ("proven", "failed")


@given(histories(), st.randoms(use_true_random=False))
def test_the_answer_depends_on_nothing_but_the_history(
    history: tuple[list[Facts], dict[str, DrillVerdict], RetentionSettings],
    chance: random.Random,
) -> None:
    backups, verdicts, chosen = history
    shuffled = list(backups)
    chance.shuffle(shuffled)
    fates = decided(backups, verdicts, chosen)
    assert decided(shuffled, verdicts, chosen) == fates
    assert len(fates) == len(backups)
    assert all(bool(fate.kept_because) != bool(fate.expired_because) for fate in fates)


@given(histories())
def test_what_was_kept_is_kept_when_the_rest_is_gone(
    history: tuple[list[Facts], dict[str, DrillVerdict], RetentionSettings],
) -> None:
    """A second run right after the first finds nothing to remove."""
    backups, verdicts, chosen = history
    stay = kept(decided(backups, verdicts, chosen))
    left = [one for one in backups if one.backup_id in stay]
    assert kept(decided(left, verdicts, chosen)) == stay


def _proven_in(one: Facts, life: str, verdicts: Mapping[str, DrillVerdict]) -> bool:
    return one.incarnation == life and verdicts.get(one.backup_id) == "proven"


def test_one_backup_stands_for_each_period_in_utc() -> None:
    backups = daily(800)
    verdicts: dict[str, DrillVerdict] = {one.backup_id: "proven" for one in backups}
    chosen = RetentionSettings(hourly=0, daily=3, weekly=2, monthly=2, yearly=2, keep_min_s=0)
    fates = decided(backups, verdicts, chosen)
    moments = [fate.backup.started_at.date().isoformat() for fate in fates if fate.kept]
    assert moments == [
        "2032-03-10",
        "2032-03-09",
        "2032-03-08",
        "2032-03-07",  # the last of the week before
        "2032-02-29",  # the last of the month before
        "2031-12-31",  # the last of the year before
    ]


def test_in_a_period_a_proven_backup_stands_before_newer_ones_that_are_not() -> None:
    backups = daily(3)
    verdicts: dict[str, DrillVerdict] = {"day-0000": "proven", "day-0002": "failed"}
    chosen = RetentionSettings(hourly=0, daily=0, weekly=0, monthly=1, yearly=0, keep_min_s=0)
    oldest = decided(backups, verdicts, chosen)[-1]
    assert "it stands for the month 2030-01" in oldest.kept_because


def test_where_no_backup_is_taken_any_more_none_grows_old() -> None:
    backups = daily(3)
    years_later = BEGIN + timedelta(days=5_000)
    chosen = RetentionSettings(0, 0, 0, 0, 0, keep_min_s=10 * 86_400)
    verdicts: dict[str, DrillVerdict] = {one.backup_id: "proven" for one in backups}
    assert len(kept(decided(backups, verdicts, chosen, now=years_later))) == 3


def test_the_reason_for_which_one_goes_names_what_stands_for_it() -> None:
    backups = daily(40)
    verdicts: dict[str, DrillVerdict] = {one.backup_id: "proven" for one in backups}
    by_id = {
        fate.backup.backup_id: fate for fate in decided(backups, verdicts, RetentionSettings())
    }
    assert by_id["day-0005"].expired_because == (
        "day-0030 stands for the month 2030-01",
        "day-0039 stands for the year 2030",
    )


@pytest.mark.parametrize("seed", range(0, 60, 1 if os.environ.get(SOAK) else 6))
def test_an_emptied_database_pushes_no_good_backup_out_in_a_year(seed: int) -> None:
    """Daily backups and daily pruning; one night all rows are gone, and that proves as well.

    Nobody notices, and whoever is asked acknowledges at once: only the policy itself stands.
    """
    emptied_on = 5 + seed * 6
    backups: list[Facts] = []
    verdicts: dict[str, DrillVerdict] = {}
    for day in range(365 + emptied_on):
        rows = 1_000 + 3 * day if day < emptied_on else 0
        moment = BEGIN + timedelta(days=day + seed, hours=3)
        backups.append(Facts(f"day-{day:04}", moment, "life", {"public.order": rows}))
        verdicts[f"day-{day:04}"] = "proven"
        stay = kept(decided(backups, verdicts, RetentionSettings(), now=moment))
        backups = [one for one in backups if one.backup_id in stay]
    last_good = f"day-{emptied_on - 1:04}"
    assert last_good in [one.backup_id for one in backups]
    assert len(backups) <= 40


def test_settings_have_defaults_and_refuse_what_they_do_not_know(tmp_path: Path) -> None:
    text = default_document(application="shop", environment="test", database="shop")
    path = tmp_path / "strongroom.toml"
    assert settings_of(parse(path, text)) == RetentionSettings()
    written = settings_of(parse(path, f"{text}\n[retention]\ndaily = 30\n"))
    assert written == RetentionSettings(daily=30)
    for line in ("dayly = 30", "daily = -1", "daily = true", 'daily = "7"', "daily = 1.5"):
        with pytest.raises(ConfigurationError, match="retention"):
            settings_of(parse(path, f"{text}\n[retention]\n{line}\n"))
