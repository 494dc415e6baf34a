"""A stand-in for Strava: real HTTP on loopback, the published protocol, and faults on demand.

It speaks what https://developers.strava.com/docs publishes: OAuth with refresh tokens that rotate,
``GET /athlete``, ``/athlete/activities``, ``/activities/{id}``, ``/activities/{id}/streams``, push
subscriptions with their validation, and rate limits by quarter and day in four headers. Time is
the test's own clock. Faults that whoever asks must survive: 401, 403, 429, 500, an answer that is
cut off, one that is no JSON, one that never comes, a clock that is wrong, a process killed before
or after the answer.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT_ID, CLIENT_SECRET = "4711", "the application's own secret"
TOKEN_S = 6 * 3600
BEGUN = datetime(2026, 11, 27, 22, 40, tzinfo=UTC)

Answer = tuple[int, Any]
Before = Callable[[str, str], None]


@dataclass
class Account:
    """An athlete of Strava with their activities and the access that they gave."""

    athlete_id: int
    activities: dict[int, dict[str, Any]] = field(default_factory=dict)
    access_token: str = ""
    refresh_token: str = ""
    expires_at: datetime = BEGUN


class StravaStandIn:
    """The service. ``now`` is its clock, moved by the test."""

    def __init__(self, quarter: int = 200, day: int = 2000) -> None:
        self.now = BEGUN
        self.skew = timedelta(0)
        """By how much its clock is ahead of the one that the test gives StrideIQ."""
        self.limits = (quarter, day)
        self.accounts: dict[int, Account] = {}
        self.codes: dict[str, tuple[int, str]] = {}
        self.subscriptions: dict[int, dict[str, Any]] = {}
        self.validate: Callable[[str, dict[str, str]], str | None] = lambda _url, _params: None
        self.requests: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.faults: deque[tuple[str, str]] = deque()
        """What the next requests meet whose path begins so: (beginning, fault)."""
        self.before: Before = lambda _method, _path: None
        self.after: Before = lambda _method, _path: None
        self.released = threading.Event()
        self._usage: Counter[str] = Counter()
        self._serial = 0
        self._lock = threading.RLock()
        self.address = ""

    # What people do at Strava.

    def add(self, athlete_id: int, activity_id: int, start: datetime, **more: Any) -> None:
        """Record an activity."""
        account = self.accounts.setdefault(athlete_id, Account(athlete_id))
        account.activities[activity_id] = {
            "resource_state": 2,
            "athlete": {"id": athlete_id, "resource_state": 1},
            "id": activity_id,
            "name": f"Morning Run {activity_id}",
            "distance": 5000.0 + activity_id % 1000,
            "moving_time": 1790,
            "elapsed_time": 1800,
            "total_elevation_gain": 42.0,
            "type": "Run",
            "sport_type": "Run",
            "start_date": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "start_date_local": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
            "timezone": "(GMT+01:00) Europe/Vienna",
            "average_speed": 2.8,
            "average_heartrate": 148.2,
            "max_heartrate": 171.0,
            "average_cadence": 84.5,
            "manual": False,
            "private": False,
            "workout_type": 0,
            **more,
        }

    def consent(self, address: str, *, scope: str | None = None, athlete_id: int = 134815) -> str:
        """What the browser is sent back to when the athlete agrees on Strava's page."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert urlsplit(address).path == "/oauth/authorize"
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        given = asked["scope"] if scope is None else scope
        self.accounts.setdefault(athlete_id, Account(athlete_id))
        code = self._new("code")
        self.codes[code] = (athlete_id, given)
        answer = {"state": asked["state"], "code": code, "scope": given}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def deny(self, address: str) -> str:
        """The same when the athlete does not agree."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        answer = {"state": asked["state"], "error": "access_denied"}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def revoke(self, athlete_id: int) -> None:
        """The athlete takes the access back on Strava's page."""
        account = self.accounts[athlete_id]
        account.access_token = account.refresh_token = ""

    def event(self, athlete_id: int, activity_id: int, aspect: str) -> dict[str, Any]:
        """An event as Strava sends it."""
        return {
            "aspect_type": aspect,
            "event_time": int(self.now.timestamp()),
            "object_id": activity_id,
            "object_type": "activity",
            "owner_id": athlete_id,
            "subscription_id": next(iter(self.subscriptions), 1),
            "updates": {},
        }

    # What it answers.

    def answer(  # noqa: PLR0911  one for each address
        self, method: str, path: str, params: dict[str, str], token: str
    ) -> Answer:
        """The answer to a request that no fault has met."""
        match method, path.split("/")[1:]:
            case "POST", ["api", "v3", "oauth", "token"]:
                return self._token(params)
            case "POST", ["oauth", "deauthorize"]:
                return self._deauthorize(params)
            case _, ["api", "v3", "push_subscriptions"]:
                return self._subscriptions(method, params)
        account = self._account(token)
        if account is None:
            return 401, _problem("Athlete", "access_token", "invalid", "Authorization Error")
        match method, path.split("/")[3:]:
            case "GET", ["athlete"]:
                return 200, {"id": account.athlete_id, "resource_state": 2}
            case "GET", ["athlete", "activities"]:
                return self._listed(account, params)
            case "GET", ["activities", number]:
                found = account.activities.get(int(number))
                missing = _problem("Activity", "id", "invalid", "Record Not Found")
                return (200, {**found, "resource_state": 3}) if found else (404, missing)
            case "GET", ["activities", number, "streams"]:
                return self._streams(account, int(number), params)
        return 404, _problem("Resource", "path", "invalid", "Record Not Found")

    def count(self, method: str, path: str) -> tuple[bool, dict[str, str]]:
        """Count a request; whether it is within the limits, and the headers that tell them."""
        if not path.startswith("/api/v3/") or path.startswith("/api/v3/oauth"):
            return True, {}
        theirs = self.now + self.skew
        quarter = f"{theirs:%F %H} {theirs.minute // 15}"
        day = f"{theirs:%F}"
        self._usage[quarter] += 1
        self._usage[day] += 1
        used = (self._usage[quarter], self._usage[day])
        told = {"Limit": "{},{}".format(*self.limits), "Usage": "{},{}".format(*used)}
        headers = {
            f"{kind}-{name}": value
            for kind in ("X-RateLimit", "X-ReadRateLimit")
            for name, value in told.items()
        }
        del method
        return used[0] <= self.limits[0] and used[1] <= self.limits[1], headers

    def _account(self, token: str) -> Account | None:
        for account in self.accounts.values():
            if token and account.access_token == token:
                return account if account.expires_at > self.now + self.skew else None
        return None

    def _token(self, params: dict[str, str]) -> Answer:
        if (params.get("client_id"), params.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, _problem("Application", "client_id", "invalid")
        if params.get("grant_type") == "authorization_code":
            known = self.codes.pop(params.get("code", ""), None)
            if known is None:
                return 400, _problem("AuthorizationCode", "code", "invalid")
            account = self.accounts[known[0]]
        else:
            token = params.get("refresh_token", "")
            found = [one for one in self.accounts.values() if token and one.refresh_token == token]
            if not found:
                return 400, _problem("RefreshToken", "refresh_token", "invalid")
            account = found[0]
        account.access_token, account.refresh_token = self._new("access"), self._new("refresh")
        account.expires_at = self.now + self.skew + timedelta(seconds=TOKEN_S)
        return 200, {
            "token_type": "Bearer",
            "expires_at": int(account.expires_at.timestamp()),
            "expires_in": TOKEN_S,
            "refresh_token": account.refresh_token,
            "access_token": account.access_token,
            "athlete": {"id": account.athlete_id, "firstname": "Robin", "lastname": "Runner"},
        }

    def _deauthorize(self, params: dict[str, str]) -> Answer:
        account = self._account(params.get("access_token", ""))
        if account is None:
            return 401, _problem("Athlete", "access_token", "invalid", "Authorization Error")
        self.revoke(account.athlete_id)
        return 200, {"access_token": params["access_token"]}

    def _subscriptions(self, method: str, params: dict[str, str]) -> Answer:
        if (params.get("client_id"), params.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, _problem("Application", "client_id", "invalid")
        if method == "GET":
            return 200, list(self.subscriptions.values())
        if self.subscriptions:
            return 400, _problem("PushSubscription", "", "already exists")
        challenge = self._new("challenge")
        asked = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": params["verify_token"],
        }
        if self.validate(params["callback_url"], asked) != challenge:
            return 400, _problem("PushSubscription", "callback url", "GET to callback URL failed")
        number = 120475
        self.subscriptions[number] = {"id": number, "callback_url": params["callback_url"]}
        return 201, {"id": number}

    def _listed(self, account: Account, params: dict[str, str]) -> Answer:
        per_page, page = int(params.get("per_page", "30")), int(params.get("page", "1"))
        assert 1 <= per_page <= 200
        found = sorted(account.activities.values(), key=lambda one: one["start_date"], reverse=True)
        if "before" in params:
            before = datetime.fromtimestamp(int(params["before"]), UTC)
            found = [one for one in found if one["start_date"] < f"{before:%Y-%m-%dT%H:%M:%SZ}"]
        return 200, found[(page - 1) * per_page : page * per_page]

    def _streams(self, account: Account, number: int, params: dict[str, str]) -> Answer:
        if number not in account.activities:
            return 404, _problem("Activity", "id", "invalid", "Record Not Found")
        assert params["key_by_type"] == "true"
        wanted = params["keys"].split(",")
        time_s = list(range(0, 1801, 30))
        kinds: dict[str, list[Any]] = {
            "time": time_s,
            "distance": [2.8 * each for each in time_s],
            "heartrate": [120 + each // 60 for each in time_s],
            "cadence": [84] * len(time_s),
            "latlng": [[47 + each / 1e6, 8.5] for each in time_s],
        }
        return 200, {
            kind: {
                "data": data,
                "series_type": "distance",
                "original_size": len(data),
                "resolution": "high",
            }
            for kind, data in kinds.items()
            if kind in wanted
        }

    def _new(self, kind: str) -> str:
        self._serial += 1
        return f"{kind}-{self._serial:06d}-{'x' * 20}"

    def take_fault(self, path: str) -> str | None:
        """The fault that this request meets, if the next one is meant for it."""
        if self.faults and path.startswith(self.faults[0][0]):
            return self.faults.popleft()[1]
        return None

    @contextmanager
    def served(self) -> Iterator[StravaStandIn]:
        """Answer on a free port of loopback."""
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                _handle(stand_in, self)

            def do_POST(self) -> None:
                _handle(stand_in, self)

            def log_message(self, *_args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            self.released.set()
            server.shutdown()
            server.server_close()
            thread.join()


def _handle(stand_in: StravaStandIn, handler: BaseHTTPRequestHandler) -> None:
    length = int(handler.headers.get("Content-Length") or 0)
    sent = handler.rfile.read(length).decode()
    url = urlsplit(handler.path)
    params = {name: values[0] for name, values in parse_qs(f"{url.query}&{sent}").items()}
    token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
    method = handler.command
    with stand_in._lock:
        stand_in.requests.append(f"{method} {url.path}")
        stand_in.before(method, url.path)
        within, headers = stand_in.count(method, url.path)
        fault = stand_in.take_fault(url.path)
        status, document = _met(stand_in, fault, within, (method, url.path, params, token))
        stand_in.statuses[status] += 1
        body = json.dumps(document).encode() if fault != "nonsense" else b"<html>maintenance"
    if fault == "slow":
        stand_in.released.wait()
    handler.send_response_only(status)
    handler.send_header("Date", format_datetime(stand_in.now + stand_in.skew, usegmt=True))
    handler.send_header("Content-Type", "application/json; charset=utf-8")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2] if fault == "truncated" else body)
    handler.wfile.flush()
    if fault == "truncated":
        handler.close_connection = True
    stand_in.after(method, url.path)


def _met(
    stand_in: StravaStandIn,
    fault: str | None,
    within: bool,  # noqa: FBT001  the limits
    request: tuple[str, str, dict[str, str], str],
) -> Answer:
    if fault is not None and fault.isdecimal():
        return int(fault), _problem("Resource", "", "fault")
    if not within:
        return 429, _problem("Application", "rate limit", "exceeded", "Rate Limit Exceeded")
    return stand_in.answer(*request)


def _problem(resource: str, name: str, code: str, message: str = "Bad Request") -> dict[str, Any]:
    return {"message": message, "errors": [{"resource": resource, "field": name, "code": code}]}
