"""Access to Garmin: keys end, are refused and taken back, and nobody else's word counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from garmin_stand_in import ACCOUNT, GarminStandIn
from garmin_syncing import Syncing, history, registered
from sqlalchemy import text

from strideiq.connections import service
from strideiq.connections.errors import AccessRevokedError
from strideiq.connections.garmin import notifications
from strideiq.platform.runtime import Runtime


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
