"""Garmin: original files, whatever its API does on the way; nothing there deletes here.

The first sync plays a slice by default. Whole with STRONGROOM_SOAK=1: 3,000 activities, 20 kills.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from garmin_stand_in import ACCOUNT, GarminStandIn
from garmin_syncing import NOW, Syncing, history, registered
from loopback import answering
from sqlalchemy import select, text

from strideiq.activities import public as activities
from strideiq.activities.models import ActivityAnnotation, ActivityObservation
from strideiq.connections import service
from strideiq.connections.errors import AccessRevokedError
from strideiq.connections.garmin import client, notifications
from strideiq.connections.garmin.access import KEY_LOST
from strideiq.connections.garmin.backfill import COMPARE, PATIENCE
from strideiq.connections.garmin.files import AROUND_S, WIDER_S
from strideiq.connections.http import Door
from strideiq.connections.models import ConnectionJob
from strideiq.imports.isolation import ParserPool
from strideiq.imports.models import SourceFile
from strideiq.platform.runtime import Runtime

SOAK = os.environ.get("STRONGROOM_SOAK") == "1"
AGAIN = AccessRevokedError().next_step
FIRST_SYNC, KILLS, REQUESTS = (3000, 20, 60) if SOAK else (30, 4, 4)
"""How many activities, how many kills, and the most requests until one of them."""


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    with ParserPool(2 if SOAK else 1) as pool:
        yield pool


@pytest.fixture
def garmin() -> Iterator[GarminStandIn]:
    stand_in = GarminStandIn(NOW, history_begins=NOW - timedelta(days=400))
    with answering(stand_in.answer) as address:
        stand_in.address = address
        yield stand_in


@pytest.fixture
def syncing(garmin: GarminStandIn, runtime: Runtime, athlete_id: UUID, pool: ParserPool) -> Syncing:
    return Syncing(garmin, runtime, athlete_id, pool)


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


@pytest.mark.parametrize(
    "fault", ["cut", "short", "html", "json", "slow", "500", "401", "429 bare"]
)
def test_a_file_that_comes_broken_is_never_taken_for_one_and_comes_in_the_end(
    garmin: GarminStandIn, syncing: Syncing, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncing.connect()
    syncing.finish()
    if fault == "slow":
        monkeypatch.setattr(client, "Door", partial(Door, timeout_s=0.5))
    garmin.recordings = history(1, timedelta(days=1))
    syncing.hear({"activityFiles": garmin.told(garmin.recordings.values())})
    garmin.next_fault = [fault]
    syncing.step()
    assert syncing.row.state == "connected"
    syncing.finish()
    [run] = syncing.shown()
    assert (run.name, run.elapsed_s) == ("Run 0", 60)


@pytest.mark.parametrize(
    ("faults", "whole"),
    [(["500", "401", "short"], True), (["short"] * 6, True), (["ends"] * 8, False)],
)
def test_only_a_file_that_keeps_ending_at_one_place_is_taken_as_it_is(
    garmin: GarminStandIn, syncing: Syncing, faults: list[str], *, whole: bool
) -> None:
    syncing.connect()
    syncing.finish()
    garmin.recordings = history(1, timedelta(days=1))
    [recording] = garmin.recordings.values()
    syncing.hear({"activityFiles": garmin.told([recording])})
    garmin.next_fault = list(faults)
    syncing.finish()
    with syncing.context.sessions() as session:
        [kept] = session.scalars(select(SourceFile.content))
    assert (kept == recording.content) == whole
    assert recording.content.startswith(kept)


def test_notifications_that_are_forged_or_of_somebody_else_change_nothing(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    syncing.connect()
    syncing.finish()
    garmin.recordings = history(1, timedelta(days=1))
    [part] = garmin.told(garmin.recordings.values())
    elsewhere = "http://169.254.169.254/wellness-api/rest/activityFile?token=x"
    forged: list[Any] = [
        part | {"userId": "somebody else"},
        part | {"userAccessToken": "a key that was never ours"},
        part | {"callbackURL": elsewhere},
        part | {"callbackURL": f"{garmin.address}/elsewhere/activityFile?token=x"},
        part | {"callbackURL": f"{garmin.address}/wellness-api/rest/../../keys?token=x"},
        part | {"callbackURL": f"http://user@{garmin.address[7:]}/wellness-api/rest/activityFile"},
        part | {"callbackURL": None},
        part | {"fileType": "EXE"},
        part | {"activityId": "../../etc", "summaryId": None},
        {},
        "nonsense",
    ]
    for document in ({"activityFiles": forged}, {"activityFiles": {}}, [], None, "x", {"x": [1]}):
        assert syncing.hear(document).taken == 0
    assert syncing.hear({"deregistrations": [{"userId": "somebody else"}]}).taken == 0
    asked = dict(garmin.counts)
    syncing.finish()
    assert garmin.counts == asked
    key = service.secrets_of(syncing.row_with_secrets(), syncing.context.keys) or {}
    genuine = part | {"userAccessToken": key["access"]}
    assert syncing.hear({"activityFiles": [genuine, genuine, part]}).taken == 3
    syncing.finish()
    assert garmin.counts["/activityFile"] == asked.get("/activityFile", 0) + 1
    assert len(syncing.shown()) == 1


def test_an_address_that_was_used_up_or_ran_out_is_asked_for_anew(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    syncing.connect()
    syncing.finish()
    garmin.recordings = history(2, timedelta(days=3))
    syncing.hear({"activityFiles": garmin.told(garmin.recordings.values())})
    first, second = garmin.callbacks.values()
    first.used = True
    second.until = garmin.now
    syncing.finish()
    assert len(syncing.shown()) == 2


def test_a_file_is_asked_for_anew_by_another_span_where_garmin_knows_this_one_already(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    syncing.connect()
    syncing.finish()
    garmin.recordings = history(1, timedelta(days=3))
    [recording] = garmin.recordings.values()
    syncing.hear({"activityFiles": garmin.told([recording])})
    for callback in garmin.callbacks.values():
        callback.used = True
    for around_s in (AROUND_S + 1, AROUND_S + int(garmin.now.timestamp()) % WIDER_S):
        garmin.spans.add((recording.started_s - around_s, recording.started_s + around_s))
    syncing.finish()
    assert len(syncing.shown()) == 1
    assert syncing.row.state == "connected"


def test_keys_are_renewed_before_and_after_they_end_also_where_the_clocks_differ(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    syncing.connect()
    syncing.finish()
    for ahead in (timedelta(hours=-20), timedelta(hours=20)):
        garmin.clock_ahead = ahead
        garmin.recordings = history(1, timedelta(days=1), seed=ahead.days)
        garmin.expire_keys()
        syncing.hear({"activityFiles": garmin.told(garmin.recordings.values())})
        syncing.finish()
        assert syncing.row.state == "connected"
    assert len(syncing.shown()) == 1
    garmin.now += timedelta(days=2)
    before = garmin.counts["/di-oauth2-service/oauth/token"]
    syncing.hear({"activityFiles": garmin.told(garmin.recordings.values())})
    syncing.step()
    assert garmin.counts["/di-oauth2-service/oauth/token"] > before


def test_a_key_that_is_refused_as_soon_as_it_is_given_ends_nothing(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    syncing.connect()
    syncing.finish()
    garmin.recordings = history(1, timedelta(days=1))
    syncing.hear({"activityFiles": garmin.told(garmin.recordings.values())})
    garmin.next_fault = ["401", "401", "401", "401"]
    syncing.step()
    assert syncing.row.state == "connected"
    syncing.finish()
    assert (syncing.row.state, len(syncing.shown())) == ("connected", 1)


def test_access_that_is_taken_back_ends_cleanly_and_leaves_everything(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    garmin.recordings = history(3, timedelta(days=40))
    syncing.connect()
    syncing.finish()
    garmin.take_back()
    garmin.waiting.clear()
    syncing.again()
    syncing.finish()
    assert (syncing.row.state, syncing.row.error) == ("revoked", AccessRevokedError().message)
    assert syncing.runner.next_due() is None
    assert len(syncing.shown()) == 3
    garmin.registered = True
    syncing.connect()
    syncing.finish()
    assert syncing.row.state == "connected"
    assert syncing.hear({"deregistrations": [{"userId": ACCOUNT}]}).taken == 1
    assert syncing.row.state == "revoked"
    assert len(syncing.shown()) == 3


def test_permissions_that_change_are_told_in_whatever_order_they_come(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    syncing.connect()
    syncing.finish()

    def change(*allowed: str, at_s: int) -> dict[str, Any]:
        part = {"userId": ACCOUNT, "permissions": list(allowed), "changeTimeInSeconds": at_s}
        return {"userPermissionsChange": [part]}

    syncing.hear(change("HEALTH_EXPORT", at_s=200))
    assert (syncing.row.state, syncing.row.error) == ("failing", notifications.NOT_ALLOWED)
    assert syncing.hear(change("ACTIVITY_EXPORT", at_s=100)).taken == 0
    syncing.hear(change("ACTIVITY_EXPORT", at_s=300))
    assert (syncing.row.state, syncing.row.error) == ("connected", None)
    del garmin


def test_no_key_and_no_address_of_a_file_stands_readable_in_the_database(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    garmin.recordings = history(1, timedelta(days=1))
    syncing.connect()
    syncing.hear({"activityFiles": garmin.told(garmin.recordings.values())})
    with syncing.context.sessions() as session:
        rows = [
            *session.scalars(text("SELECT CAST(connection AS text) FROM connection")),
            *session.scalars(text("SELECT CAST(connection_job AS text) FROM connection_job")),
        ]
    for secret in (*garmin.access, *garmin.refresh, *garmin.callbacks):
        assert all(secret not in row for row in rows)


def test_the_pages_lead_to_garmin_and_back_and_take_its_notifications(
    garmin: GarminStandIn, runtime: Runtime, new_browser: Callable[..., Any]
) -> None:
    shop = registered(runtime, garmin)
    browser = new_browser("runner@example.org")
    app = browser.client.app
    app.state.runtime = shop
    away = browser.get("/connections/garmin/connect").headers["location"]
    assert away.startswith(f"{garmin.address}/oauth2Confirm?")
    query = dict(each.split("=", 1) for each in away.partition("?")[2].split("&"))
    code = garmin.agree(query)
    back = "/connections/garmin/callback"
    assert browser.get(f"{back}?state=forged&code={code}").status_code == 403
    browser.get("/connections/garmin/connect")
    query = dict(
        each.split("=", 1)
        for each in browser.get("/connections/garmin/connect")
        .headers["location"]
        .partition("?")[2]
        .split("&")
    )
    code = garmin.agree(query)
    answer = browser.get(f"{back}?state={query['state']}&code={code}")
    assert answer.headers["location"] == "/connections?told=connected"
    assert browser.get(f"{back}?state={query['state']}&code={code}").status_code == 403
    page = browser.get("/connections").text
    assert notifications.word(shop.keys, "a-client") in page  # the first athlete administers
    path = notifications.PATH.format(token=notifications.word(shop.keys, "a-client"))
    assert browser.client.post(path, json={"activityFiles": []}).status_code == 200
    assert browser.client.post(path, content=b"[" * 100_000).status_code == 200
    forged = notifications.PATH.format(token="a" * 64)
    assert browser.client.post(forged, json={}).status_code == 404
    assert browser.client.post(f"{path}x", json={}).status_code == 404
    ended = browser.post("/connections/garmin/disconnect")
    assert ended.headers["location"] == "/connections?told=disconnected"
    assert not garmin.registered
