"""What Garmin tells us: files that are there, athletes who left, permissions that changed.

A notification is believed as far as it fits: the address it comes to holds a word that only
Garmin was told, the account is one that is connected here, a key beside it is that account's, and
a file lies at Garmin's own address. All else is passed over in silence, because an answer that
tells what was wrong would help whoever tries. Nothing is fetched here: Garmin wants its answer.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.connections import queue, service
from strideiq.connections.errors import AccessRevokedError
from strideiq.connections.garmin.access import NAME
from strideiq.connections.garmin.client import Garmin
from strideiq.connections.models import Connection
from strideiq.connections.registry import Context
from strideiq.imports import public as imports
from strideiq.platform.language import marked
from strideiq.platform.security import KeyRing
from strideiq.platform.settings import Settings

PATH = "/api/hooks/garmin/{token}"
ITEMS_MAX = 20_000
ACTIVITY_EXPORT = "ACTIVITY_EXPORT"
FILE = "file"
FILE_PRIORITY = 20
PURPOSE = "garmin notifications"
SEALED = "garmin callback"
NAME_LENGTH_MAX = 200
_FORMATS = frozenset({"FIT", "TCX", "GPX"})
NOT_ALLOWED = marked("Garmin does not let us have your activities: its permission is switched off.")
ALLOW = marked(
    "switch “Activities” on for StrideIQ in Garmin Connect, under connected applications"
)


@dataclass(frozen=True)
class Heard:
    """What came of a notification: how many parts were acted on, and how many passed over."""

    taken: int = 0
    passed_over: int = 0


def word(keys: KeyRing, client_id: str) -> str:
    """The word in the address that only Garmin is told."""
    return keys.sign(PURPOSE, client_id).rpartition(".")[2]


def is_word(keys: KeyRing, client_id: str, given: str) -> bool:
    """Whether a word is ours, also from before the server's key was changed."""
    return bool(client_id) and keys.open(PURPOSE, f"{client_id}.{given}") == client_id


def address(keys: KeyRing, settings: Settings) -> str:
    """The whole address that Garmin is to be told."""
    return settings.public_address + PATH.format(token=word(keys, settings.garmin_client_id))


def hear(context: Context, document: object) -> Heard:
    """Act on a notification; what does not fit is passed over."""
    taken = passed_over = 0
    with context.sessions.begin() as session:
        for kind, part in _parts(document):
            done = _act(context, session, kind, part)
            taken, passed_over = taken + done, passed_over + (not done)
    return Heard(taken, passed_over)


def item_id(athlete_id: UUID, callback: str) -> UUID:
    """The queue's name of the file behind a notification: the same however often it comes."""
    return uuid5(NAMESPACE_URL, f"garmin {athlete_id} {callback}")


def callback_of(keys: KeyRing, given: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Path and query of a file's address, from a job."""
    sealed = base64.b64decode(given["query"])
    query = keys.decrypt(SEALED, sealed)
    return given["path"], dict(parse_qsl((query or b"").decode(), keep_blank_values=True))


def _parts(document: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(document, dict):
        return
    count = 0
    # Those who leave come last: what arrived before is still theirs.
    for kind in ("userPermissionsChange", "activityFiles", "deregistrations"):
        parts = document.get(kind)
        for part in parts if isinstance(parts, list) else ():
            count += 1
            if count > ITEMS_MAX:
                return
            if isinstance(part, dict):
                yield kind, part


def _act(context: Context, session: Session, kind: str, part: Mapping[str, Any]) -> bool:
    row = _connection(context, session, part)
    if row is None:
        return False
    match kind:
        case "activityFiles":
            return _file(context, session, row, part)
        case "userPermissionsChange":
            return _permissions(row, part)
        case _:
            return _left(context, session, row)


def _connection(context: Context, session: Session, part: Mapping[str, Any]) -> Connection | None:
    """The connection that a part is about, if account and key fit."""
    account = part.get("userId")
    if not isinstance(account, str) or not account:
        return None
    row = session.scalar(
        select(Connection)
        .where(
            Connection.service == NAME,
            Connection.account == account,
            Connection.state.in_(queue.AT_WORK),
        )
        .with_for_update()
    )
    if row is None or "userAccessToken" not in part:
        return row
    secrets = service.secrets_of(row, context.keys) or {}
    told = str(part["userAccessToken"]).encode()
    ours = [secrets[each].encode() for each in ("access", "before") if each in secrets]
    return row if any(hmac.compare_digest(told, each) for each in ours) else None


def _file(context: Context, session: Session, row: Connection, part: Mapping[str, Any]) -> bool:
    """Ask for a file, once for each address; False when it is none that Garmin would name."""
    callback, kind = part.get("callbackURL"), str(part.get("fileType", "FIT")).upper()
    activity = str(part.get("activityId") or part.get("summaryId") or "")
    place = Garmin(context.settings).place_of(callback) if isinstance(callback, str) else None
    if place is None or kind not in _FORMATS or not activity.isalnum():
        return False
    item = item_id(row.athlete_id, str(callback))
    if imports.received(session, row.athlete_id, item):
        return True
    path, query = place
    sealed = context.keys.encrypt(SEALED, query.encode())
    queue.enqueue(
        session,
        row.athlete_id,
        NAME,
        FILE,
        str(item),
        due_at=context.clock(),
        priority=FILE_PRIORITY,
        given={
            "activity": activity,
            "path": path,
            "query": base64.b64encode(sealed).decode(),
            "format": kind.lower(),
            "name": _name(part.get("activityName")),
            "started_s": _seconds(part.get("startTimeInSeconds")),
        },
    )
    return True


def _permissions(row: Connection, part: Mapping[str, Any]) -> bool:
    """Note what is allowed now; what was told later counts, in whatever order it comes."""
    allowed, told_s = part.get("permissions"), _seconds(part.get("changeTimeInSeconds"))
    if not isinstance(allowed, list) or (told_s or 0) < int(row.cursor.get("permissions_s", 0)):
        return False
    row.cursor = {**row.cursor, "permissions_s": told_s or 0}
    row.scopes = [each for each in allowed if isinstance(each, str)]
    if ACTIVITY_EXPORT in row.scopes:
        row.state, row.error, row.next_step = "connected", None, None
    else:
        row.state, row.error, row.next_step = "failing", NOT_ALLOWED, ALLOW
    return True


def _left(context: Context, session: Session, row: Connection) -> bool:
    """The athlete took the permission back at Garmin: what is here stays."""
    now: datetime = context.clock()
    service.end(session, row.athlete_id, NAME, now, state="revoked", error=AccessRevokedError())
    return True


def _name(told: object) -> str | None:
    if not isinstance(told, str):
        return None
    shown = "".join(letter for letter in told if letter.isprintable()).strip()
    return shown[:NAME_LENGTH_MAX] or None


def _seconds(told: object) -> int | None:
    if isinstance(told, bool) or not isinstance(told, int) or not 0 < told < 2**32:
        return None
    return told
