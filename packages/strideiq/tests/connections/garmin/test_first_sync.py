"""Garmin: original files, whatever its API does on the way; nothing there deletes here.

The first sync plays a slice by default. Whole with STRONGROOM_SOAK=1: 3,000 activities, 20 kills.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from garmin_stand_in import GarminStandIn
from garmin_syncing import NOW, Syncing, history
from sqlalchemy import select

from strideiq.activities import public as activities
from strideiq.activities.models import ActivityAnnotation, ActivityObservation
from strideiq.connections.errors import AccessRevokedError
from strideiq.connections.garmin.access import KEY_LOST
from strideiq.connections.garmin.backfill import COMPARE, PATIENCE
from strideiq.connections.models import ConnectionJob
from strideiq.imports.models import SourceFile

AGAIN = AccessRevokedError().next_step
SOAK = os.environ.get("STRONGROOM_SOAK") == "1"
FIRST_SYNC, KILLS, REQUESTS = (3000, 20, 60) if SOAK else (30, 4, 4)
"""How many activities, how many kills, and the most requests until one of them."""


def test_a_first_sync_is_complete_however_often_it_dies_and_words_outlive_every_sync(
    garmin: GarminStandIn,
    syncing: Syncing,
    record_testsuite_property: Callable[[str, str], None],
) -> None:
    garmin.recordings = history(FIRST_SYNC, timedelta(days=380))
    syncing.connect()
    chance = random.Random(6)  # noqa: S311  a seeded lot, not a secret
    garmin.fault_share, garmin.file_fault_share = 0.08, 0.08
    garmin.limit_in_a_minute = 30
    kills = lost = steps = 0
    while kills < KILLS:
        where = chance.choice(["before", "after", "unnoted"])
        kills += syncing.killed(where, chance.randint(1, REQUESTS))
        steps += 1
        garmin.now += timedelta(hours=5 * (steps % 2))  # keys of a day end in the middle
        lost += connected_again(syncing)
        assert not at_the_end(syncing), "the sync is over before it could be killed so often"
        garmin.now = max(garmin.now, syncing.runner.next_due() or garmin.now)
    while syncing.row.state != "connected" or not at_the_end(syncing):
        syncing.finish()
        lost += connected_again(syncing)
    whole = f"{FIRST_SYNC} activities, {kills} kills, {lost} lost keys, {garmin.now - NOW}"
    record_testsuite_property("first sync of Garmin", f"{whole}, {dict(garmin.counts)}")
    shown = assert_complete(garmin, syncing)

    words = annotated(syncing, chance)
    gone, renamed = chance.sample(sorted(garmin.recordings), 2)
    del garmin.recordings[gone]
    garmin.recordings[renamed] = replace(garmin.recordings[renamed], name="Renamed there")
    garmin.now += timedelta(days=1)
    syncing.again()
    syncing.finish(PATIENCE + timedelta(days=3))
    assert syncing.row.state == "connected"
    assert {each.activity_id for each in syncing.shown()} == shown
    assert_words(syncing, words)
    assert withdrawn(syncing) == [f"garmin:{gone}"]

    garmin.take_back()
    garmin.waiting.clear()
    syncing.again()
    syncing.finish()
    assert (syncing.row.state, syncing.row.error) == ("revoked", AccessRevokedError().message)
    assert syncing.runner.next_due() is None
    assert {each.activity_id for each in syncing.shown()} == shown
    assert_words(syncing, words)


def connected_again(syncing: Syncing) -> bool:
    """Do what the page asks for where a kill has cost a key; whether it did."""
    if syncing.row.state != "revoked":
        return False
    assert (syncing.row.error, syncing.row.next_step) == (KEY_LOST, AGAIN)
    syncing.connect()
    return True


def at_the_end(syncing: Syncing) -> bool:
    """Whether nothing is left but to compare, days later, what was told."""
    with syncing.context.sessions() as session:
        kinds = set(session.scalars(select(ConnectionJob.kind)))
    return not syncing.garmin.waiting and kinds <= {COMPARE}


def assert_complete(garmin: GarminStandIn, syncing: Syncing) -> set[UUID]:
    """Every activity once, with its file as it was sent; what each is called here."""
    shown = syncing.shown()
    assert len(shown) == FIRST_SYNC
    starts = {each.started_at for each in garmin.recordings.values()}
    assert {each.started_at for each in shown} == starts
    with syncing.context.sessions() as session:
        kept = session.scalars(select(SourceFile.content)).all()
        observed = session.scalars(select(ActivityObservation.upstream_id)).all()
    assert sorted(kept) == sorted(each.content for each in garmin.recordings.values())
    assert sorted(map(str, observed)) == sorted(f"garmin:{each}" for each in garmin.recordings)
    return {each.activity_id for each in shown}


def annotated(syncing: Syncing, chance: random.Random) -> dict[tuple[UUID, str], str]:
    """What the athlete says of every tenth activity."""
    words = {}
    places = sorted(each.activity_id for each in syncing.shown())
    with syncing.context.sessions.begin() as session:
        for place in chance.sample(places, FIRST_SYNC // 10):
            for field, value in (("name", f"Mine {place}"), ("notes", f"Words on {place}")):
                activities.annotate(session, syncing.athlete_id, place, field, value)
                words[place, field] = value
    return words


def assert_words(syncing: Syncing, words: dict[tuple[UUID, str], str]) -> None:
    """Every word stands, once, as it was said, and is what is shown."""
    with syncing.context.sessions() as session:
        rows = session.scalars(select(ActivityAnnotation)).all()
    assert {(row.activity_id, row.field): row.value for row in rows} == words
    assert len(rows) == len(words)
    shown = {each.activity_id: each for each in syncing.shown()}
    for place in {place for place, _field in words}:
        assert shown[place].name == words[place, "name"]
        assert shown[place].notes == words[place, "notes"]


def withdrawn(syncing: Syncing) -> list[str | None]:
    """What is noted as gone at Garmin."""
    gone = ActivityObservation.withdrawn == "upstream"
    with syncing.context.sessions() as session:
        return list(session.scalars(select(ActivityObservation.upstream_id).where(gone)))


def test_a_worker_killed_after_its_key_was_spent_ends_in_connect_again_and_loses_nothing(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    garmin.recordings = history(4, timedelta(days=40))
    syncing.connect()
    syncing.finish()
    [first, *_others] = syncing.shown()
    with syncing.context.sessions.begin() as session:
        activities.annotate(session, syncing.athlete_id, first.activity_id, "name", "Mine")
    garmin.recordings |= history(6, timedelta(days=20), seed=2)
    garmin.expire_keys()
    syncing.again()
    assert syncing.killed("after", 1, only="/oauth/token")
    asked = garmin.counts["/di-oauth2-service/oauth/token"]
    syncing.finish()

    assert (syncing.row.state, syncing.row.error) == ("revoked", KEY_LOST)
    assert syncing.runner.next_due() is None
    assert garmin.counts["/di-oauth2-service/oauth/token"] == asked + 1  # no endless trying
    assert len(syncing.shown()) == 4

    syncing.connect()
    syncing.finish()
    assert syncing.row.state == "connected"
    starts = {each.started_at for each in garmin.recordings.values()}
    assert sorted(each.started_at for each in syncing.shown()) == sorted(starts)
    assert "Mine" in {each.name for each in syncing.shown()}
    assert syncing.row.error is None
