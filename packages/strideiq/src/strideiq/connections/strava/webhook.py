"""Strava's webhook: it tells that something happened, and the API is asked what.

Strava signs nothing. So an event is a hint: it comes to an address that only Strava was told, names
our subscription, and has a job done that asks the API; whatever an event claims is never believed.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.connections import queue, service
from strideiq.connections.errors import ServiceTroubleError
from strideiq.connections.models import Connection
from strideiq.connections.registry import Context
from strideiq.connections.strava.client import API, NAME, door
from strideiq.platform.security import KeyRing
from strideiq.platform.settings import Settings

PATH = "/api/hooks/strava/{token}"
SUBSCRIPTIONS = f"{API}/push_subscriptions"
ID_MAX = 2**63


@dataclass(frozen=True)
class Event:
    """A well-formed event; ``revoked`` where it says that the athlete took the access back."""

    owner: str
    subscription: str
    activity: str | None
    revoked: bool


def address_token(keys: KeyRing) -> str:
    """The secret part of the address that Strava is told; it follows from the server's key."""
    return _derived(keys, "address")


def verify_token(keys: KeyRing) -> str:
    """What Strava sends back when it checks the address."""
    return _derived(keys, "verify")


def callback(settings: Settings, keys: KeyRing) -> str:
    """The whole address; empty where this server cannot be reached from outside."""
    if not settings.public_address.startswith("https://"):
        return ""
    return settings.public_address + PATH.format(token=address_token(keys))


def subscribe(context: Context, athlete_id: UUID) -> None:
    """Have Strava tell us of what is new; an application has one subscription, for everybody."""
    wanted = callback(context.settings, context.keys)
    if not wanted:
        return
    found = _subscription(context, wanted) or _subscribed(context, wanted)
    with context.sessions.begin() as session:
        service.row_of(session, athlete_id, NAME, lock=True).subscription = found


def read_event(document: Any) -> Event | None:  # noqa: ANN401  whatever was sent
    """An event of the published shape; None for anything else."""
    if not isinstance(document, dict):
        return None
    ids = [document.get(name) for name in ("object_id", "owner_id", "subscription_id")]
    if not all(type(one) is int and 0 < one < ID_MAX for one in ids):
        return None
    thing, owner, subscription = (str(one) for one in ids)
    match document.get("object_type"), document.get("aspect_type"):
        case "activity", "create" | "update" | "delete":
            return Event(owner, subscription, thing, revoked=False)
        case "athlete", "update":
            updates = document.get("updates")
            revoked = isinstance(updates, dict) and str(updates.get("authorized")) == "false"
            return Event(owner, subscription, None, revoked=revoked)
        case _:
            return None


def heard(session: Session, context: Context, event: Event) -> int:
    """Have what an event tells of looked at; how many connections it concerns.

    An unknown owner, a subscription that is not ours, and an event that was heard before change
    nothing.
    """
    rows = session.scalars(
        select(Connection).where(
            Connection.service == NAME,
            Connection.account == event.owner,
            Connection.subscription == event.subscription,
            Connection.state.in_(queue.AT_WORK),
        )
    ).all()
    for row in rows:
        kind = "activity" if event.activity else "check"
        if event.activity or event.revoked:
            queue.enqueue(
                session,
                row.athlete_id,
                NAME,
                kind,
                event.activity or "",
                due_at=context.clock(),
                priority=10,
            )
    return len(rows)


def _subscription(context: Context, wanted: str) -> str | None:
    """The subscription that there is; one to another address is somebody else's to end."""
    answer = door(context).ask("GET", SUBSCRIPTIONS, params=_identity(context.settings))
    found = answer.json() if answer.status == HTTPStatus.OK else None
    if not isinstance(found, list):
        raise ServiceTroubleError
    ours = (one for one in found if isinstance(one, dict) and one.get("callback_url") == wanted)
    one = next(ours, None)
    return str(one["id"]) if one and type(one.get("id")) is int else None


def _subscribed(context: Context, wanted: str) -> str | None:
    """A new subscription; None where Strava refuses one, and news are then looked for."""
    asked = {"callback_url": wanted, "verify_token": verify_token(context.keys)}
    answer = door(context).ask("POST", SUBSCRIPTIONS, form=_identity(context.settings) | asked)
    if answer.status == HTTPStatus.BAD_REQUEST:
        return None
    if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise ServiceTroubleError
    document = answer.json()
    return str(document["id"]) if isinstance(document, dict) and "id" in document else None


def _identity(settings: Settings) -> dict[str, str]:
    return {
        "client_id": settings.strava_client_id,
        "client_secret": settings.strava_client_secret.get_secret_value(),
    }


def _derived(keys: KeyRing, what: str) -> str:
    return hmac.new(keys.keys[0].encode(), f"strava webhook {what}".encode(), sha256).hexdigest()
