"""A stand-in for Garmin that speaks the published protocol, on a clock that the test moves.

Faults that must be survived: 401, 403, 429 with and without Retry-After, 500, answers that do not
come, that end early, that are HTML or JSON where a file should be; keys that end in the middle;
notifications that come twice, in any order, late, or from somebody else; addresses that are good
for one download and one day; its clock beside ours; a process of ours that is killed before or
after an answer, also after the one that spends its refresh key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from loopback import HTML, Asked, Said

REST = "/wellness-api/rest"
ACCOUNT = "d3315b1072421d0dd7c8f6b8e1de4df8"
CLIENT_ID, CLIENT_SECRET = "a-client", "a secret of the client"
SPAN_MAX_S = 30 * 86_400
KEY_LASTS = timedelta(hours=24)
CALLBACK_LASTS = timedelta(hours=24)
FILE_FAULTS = ("cut", "short", "html", "json")
Hook = Callable[[str], None]
FAULTS = ("500", "429", "429 bare", "401", "cut")


@dataclass(frozen=True)
class Recording:
    """An activity at Garmin."""

    activity_id: str
    started_at: datetime
    content: bytes
    name: str

    @property
    def started_s(self) -> int:
        return int(self.started_at.timestamp())


@dataclass
class Callback:
    """Where a file is, for one download."""

    activity_id: str
    until: datetime
    used: bool = False


@dataclass
class GarminStandIn:
    """Garmin, with one athlete's account. ``fault_share`` of all answers go wrong, by the seed."""

    now: datetime
    address: str = ""
    recordings: dict[str, Recording] = field(default_factory=dict)
    permissions: list[str] = field(
        default_factory=lambda: ["ACTIVITY_EXPORT", "HISTORICAL_DATA_EXPORT"]
    )
    history_begins: datetime | None = None
    fault_share: float = 0.0
    file_fault_share: float = 0.0
    next_fault: list[str] = field(default_factory=list)
    """Faults of the next files, before those by lot."""
    limit_in_a_minute: int = 10_000
    clock_ahead: timedelta = timedelta(0)
    seed: int = 0
    waiting: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    registered: bool = True

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  a seeded lot, not a secret
        self.codes: dict[str, str] = {}
        self.access: dict[str, datetime] = {}
        self.refresh: set[str] = set()
        self.callbacks: dict[str, Callback] = {}
        self.spans: set[tuple[int, int]] = set()
        self.minute: list[datetime] = []
        self.serial = 0
        self.before: Hook = lambda _path: None
        self.after: Hook = lambda _path: None
        """Called with the path of each request, before it is looked at and before it is sent."""

    @property
    def clock(self) -> datetime:
        """Its own time."""
        return self.now + self.clock_ahead

    def agree(self, query: Mapping[str, str]) -> str:
        """What the athlete's yes on the page of Garmin leads back with: a code."""
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        code = self._made("code")
        self.codes[code] = query["code_challenge"]
        return code

    def expire_keys(self) -> None:
        """Have every key end now."""
        self.access = dict.fromkeys(self.access, self.clock)

    def take_back(self) -> None:
        """The athlete takes the permission back; Garmin says so."""
        self.access.clear()
        self.refresh.clear()
        self.registered = False
        self.waiting.append({"deregistrations": [{"userId": ACCOUNT}]})

    def told(self, recordings: Iterable[Recording]) -> list[dict[str, Any]]:
        """Parts of a notification, each with an address of its own."""
        return [self._part(each) for each in recordings]

    def delivered(self) -> list[dict[str, Any]]:
        """The notifications that wait, some of them twice, in any order."""
        documents = self.waiting + [
            each for each in self.waiting if self.chance.random() < 0.2 and "activityFiles" in each
        ]
        self.waiting = []
        self.chance.shuffle(documents)
        return documents

    def answer(self, asked: Asked) -> Said:
        """Answer a request, or fail as the lot has it."""
        self.before(asked.path)
        said = self._said(asked)
        self.after(asked.path)
        return said

    def _said(self, asked: Asked) -> Said:
        what = asked.path.removeprefix(REST)
        self.counts[what] = self.counts.get(what, 0) + 1
        fault = self._fault(asked)
        if fault in {"401", "403", "500"}:
            return Said(int(fault or 0), HTML, {"Content-Type": "text/html"})
        if fault == "429":
            until = format_datetime(self.now + timedelta(seconds=90), usegmt=True)
            return Said(429, b"", {"Retry-After": self.chance.choice(["60", until])})
        if fault == "429 bare" or self._too_many(asked):
            return Said(429)
        said = self._answer(asked, fault)
        return Said(said.status, said.body, said.headers, fault if said.status == 200 else None)

    def _answer(self, asked: Asked, fault: str | None) -> Said:  # noqa: PLR0911  one for each path
        if asked.path == "/di-oauth2-service/oauth/token":
            return self._token(asked.form)
        key = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self.access.get(key, self.clock) <= self.clock:
            return _json(401, {"error": "invalid_token"})
        match asked.method, asked.path.removeprefix(REST):
            case "GET", "/user/id":
                return _json(200, {"userId": ACCOUNT})
            case "GET", "/user/permissions":
                return _json(200, self.permissions)
            case "DELETE", "/user/registration":
                self.take_back()
                return Said(204)
            case "GET", "/backfill/activities":
                return self._backfill(asked.query)
            case "GET", "/activityFile":
                return self._file(asked.query, fault)
        return Said(404)

    def _fault(self, asked: Asked) -> str | None:
        if self.next_fault and asked.path.endswith("/activityFile"):
            return self.next_fault.pop(0)
        if asked.path.endswith("/token"):
            return "500" if self.chance.random() < self.fault_share / 2 else None
        if asked.path.endswith("/activityFile") and self.chance.random() < self.file_fault_share:
            return self.chance.choice(FILE_FAULTS)
        return self.chance.choice(FAULTS) if self.chance.random() < self.fault_share else None

    def _too_many(self, asked: Asked) -> bool:
        if not asked.path.startswith(REST):
            return False
        self.minute = [each for each in self.minute if each > self.now - timedelta(minutes=1)]
        self.minute.append(self.now)
        return len(self.minute) > self.limit_in_a_minute

    def _token(self, form: Mapping[str, str]) -> Said:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _json(401, {"error": "invalid_client"})
        if form["grant_type"] == "authorization_code":
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if self.codes.pop(form["code"], None) != challenge:
                return _json(400, {"error": "invalid_grant"})
        elif form["refresh_token"] not in self.refresh:
            return _json(400, {"error": "invalid_grant"})
        self.refresh.discard(form.get("refresh_token", ""))
        access, refresh = self._made("access"), self._made("refresh")
        self.access[access] = self.clock + KEY_LASTS
        self.refresh.add(refresh)
        lasts = {"expires_in": int(KEY_LASTS.total_seconds()), "token_type": "bearer"}
        return _json(200, {"access_token": access, "refresh_token": refresh, **lasts})

    def _backfill(self, query: Mapping[str, str]) -> Said:
        begin, end = (int(query[f"summary{each}TimeInSeconds"]) for each in ("Start", "End"))
        if not 0 < end - begin <= SPAN_MAX_S:
            return _json(400, {"errorMessage": "time range exceeds 2592000 seconds"})
        if self.history_begins and end < self.history_begins.timestamp():
            return _json(400, {"errorMessage": "start before min start time"})
        if "HISTORICAL_DATA_EXPORT" not in self.permissions:
            return Said(403)
        if (begin, end) in self.spans:
            return _json(409, {"errorMessage": "duplicate backfill"})
        self.spans.add((begin, end))
        within = [each for each in self.recordings.values() if begin <= each.started_s < end]
        for first in range(0, len(within), 25):
            self.waiting.append({"activityFiles": self.told(within[first : first + 25])})
        return Said(202)

    def _file(self, query: Mapping[str, str], fault: str | None) -> Said:
        callback = self.callbacks.get(query.get("token", ""))
        if callback is None or callback.used or callback.until <= self.clock:
            return Said(410)
        recording = self.recordings.get(callback.activity_id)
        if recording is None:
            return Said(404)
        if fault in {"html", "json"}:
            body = HTML if fault == "html" else b'{"error": "busy"}'
            kind = "text/html" if fault == "html" else "application/json"
            return Said(200, body, {"Content-Type": kind})
        callback.used = True
        content = recording.content
        if fault == "ends":  # at Garmin, always there
            content = content[: len(content) // 2]
        if fault == "short":
            content = content[: self.chance.randrange(len(content) // 4, len(content) - 16)]
        return Said(200, content, {"Content-Type": "application/octet-stream"})

    def _part(self, recording: Recording) -> dict[str, Any]:
        token = self._made("callback")
        self.callbacks[token] = Callback(recording.activity_id, self.clock + CALLBACK_LASTS)
        return {
            "userId": ACCOUNT,
            "summaryId": recording.activity_id,
            "activityId": int(recording.activity_id),
            "activityName": recording.name,
            "fileType": "FIT",
            "startTimeInSeconds": recording.started_s,
            "manual": False,
            "callbackURL": f"{self.address}{REST}/activityFile?id={recording.activity_id}"
            f"&token={token}",
        }

    def _made(self, kind: str) -> str:
        self.serial += 1
        return f"{kind}-{self.serial}-{self.chance.getrandbits(64):x}"


def _json(status: int, document: object) -> Said:
    return Said(status, json.dumps(document).encode(), {"Content-Type": "application/json"})
