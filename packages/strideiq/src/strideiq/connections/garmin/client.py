"""Garmin's API as far as it concerns us: keys, who somebody is, backfill, files.

OAuth 2.0 with PKCE at ``connect.garmin.com`` and ``diauth.garmin.com``; all else below
``apis.garmin.com/wellness-api/rest``. Activities are never asked for directly: Garmin notifies,
and a notification says where a file is, for a day and for one download.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urlsplit

from strideiq.connections.errors import (
    AccessForbiddenError,
    AccessRevokedError,
    GoneUpstreamError,
    RateLimitedError,
    ServiceTroubleError,
)
from strideiq.connections.http import Answer, Door
from strideiq.connections.registry import Clock, utc_now
from strideiq.platform.settings import Settings

CONFIRM = "https://connect.garmin.com"
KEYS = "https://diauth.garmin.com"
API = "https://apis.garmin.com"
REST = "/wellness-api/rest"
MARGIN = timedelta(minutes=10)
"""A key that ends so soon is renewed first; Garmin's last a day."""
LIFETIME_S = 86_400

OK, ACCEPTED, NO_CONTENT = 200, 202, 204
BAD_REQUEST, UNAUTHORISED, FORBIDDEN = 400, 401, 403
NOT_FOUND, CONFLICT, GONE, TOO_MANY = 404, 409, 410, 429
LIMIT_FIRST, LIMIT_LONGEST = timedelta(minutes=1), timedelta(hours=6)


class KeyRefusedError(Exception):
    """The key was not accepted: a new one may be."""


class TooEarlyError(Exception):
    """Garmin has no history as old as what was asked for."""


@dataclass(frozen=True)
class Keys:
    """What opens an account: both keys, and when the first one ends (UTC)."""

    access: str
    refresh: str
    expire_at: datetime

    def secrets(self, before: Mapping[str, str] | None = None) -> dict[str, str]:
        """The keys as they are kept, with the one before, which notifications may still carry."""
        kept = {"access": self.access, "refresh": self.refresh}
        return kept | ({"before": before["access"]} if before and "access" in before else {})


@dataclass(frozen=True)
class Garmin:
    """Garmin behind doors; another ``address`` has all of it in one place."""

    settings: Settings
    clock: Clock = utc_now

    def confirm_address(self, state: str, verifier: str, callback: str) -> str:
        """Where the athlete agrees; the answer comes back to ``callback``."""
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.settings.garmin_client_id,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "redirect_uri": callback,
            "state": state,
        }
        return f"{self._at(CONFIRM)}/oauth2Confirm?{urlencode(query)}"

    def exchange(self, code: str, verifier: str, callback: str) -> Keys:
        """The first keys, for the code that the athlete brought back."""
        return self._keys(
            {
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                "redirect_uri": callback,
            }
        )

    def renew(self, refresh: str) -> Keys:
        """New keys; the old refresh key is spent by it.

        Raises:
            AccessRevokedError: it is not accepted any more.
        """
        return self._keys({"grant_type": "refresh_token", "refresh_token": refresh})

    def account(self, access: str) -> str:
        """Garmin's own id of whoever this key belongs to; the same for ever."""
        document = self._asked("GET", "/user/id", access).json()
        found = document.get("userId") if isinstance(document, dict) else None
        if not isinstance(found, str) or not found:
            raise ServiceTroubleError
        return found

    def permissions(self, access: str) -> list[str]:
        """What the athlete has ticked, such as ``ACTIVITY_EXPORT``."""
        document = self._asked("GET", "/user/permissions", access).json()
        if isinstance(document, dict):
            document = document.get("permissions")
        if not isinstance(document, list):
            raise ServiceTroubleError
        return [each for each in document if isinstance(each, str)]

    def leave(self, access: str) -> None:
        """Tell Garmin that we stop."""
        self._asked("DELETE", "/user/registration", access)

    def backfill(self, access: str, start_s: int, end_s: int) -> bool:
        """Have Garmin notify of activities in a span of seconds since 1970.

        False when it says that it was asked for the same before.

        Raises:
            TooEarlyError: its history does not go back as far.
        """
        params = {
            "summaryStartTimeInSeconds": str(start_s),
            "summaryEndTimeInSeconds": str(end_s),
        }
        answer = self._door().ask(
            "GET", f"{REST}/backfill/activities", params=params, headers=_bearer(access)
        )
        if answer.status == BAD_REQUEST:
            raise TooEarlyError
        if answer.status == CONFLICT:
            return False
        self._check(answer, {OK, ACCEPTED})
        return True

    def file(self, access: str, path: str, params: Mapping[str, str]) -> bytes:
        """A file that a notification told of.

        Raises:
            GoneUpstreamError: its day is over, or it was fetched before.
            ServiceTroubleError: what came is no file.
        """
        answer = self._door().ask("GET", path, params=params, headers=_bearer(access))
        self._check(answer, {OK})
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if kind in {"text/html", "application/json", "text/plain"} or not answer.body:
            raise ServiceTroubleError
        return answer.body

    def place_of(self, address: str) -> tuple[str, str] | None:
        """Path and query of an address, if it is one of this API's and of nobody else's."""
        try:
            told, ours = urlsplit(address), urlsplit(self._at(API))
            same = (told.scheme, told.hostname, told.port) == (
                ours.scheme,
                ours.hostname,
                ours.port,
            )
        except ValueError:
            return None
        path = told.path
        within = path.startswith(f"{REST}/") and ".." not in path and "%" not in path
        return (path, told.query) if same and within and not told.username else None

    def _keys(self, form: Mapping[str, str]) -> Keys:
        whole = {
            **form,
            "client_id": self.settings.garmin_client_id,
            "client_secret": self.settings.garmin_client_secret.get_secret_value(),
        }
        door = Door(self._at(KEYS))
        answer = door.ask("POST", "/di-oauth2-service/oauth/token", form=whole)
        if answer.status in {BAD_REQUEST, UNAUTHORISED, FORBIDDEN}:
            raise AccessRevokedError
        self._check(answer, {OK})
        document = answer.json()
        try:
            lasts_s = min(float(document.get("expires_in", LIFETIME_S)), 366 * LIFETIME_S)
            access, refresh = document["access_token"], document["refresh_token"]
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise ServiceTroubleError from error
        if not (isinstance(access, str) and isinstance(refresh, str) and access and refresh):
            raise ServiceTroubleError
        return Keys(access, refresh, self.clock() + timedelta(seconds=lasts_s))

    def _asked(self, method: str, path: str, access: str) -> Answer:
        answer = self._door().ask(method, f"{REST}{path}", headers=_bearer(access))
        self._check(answer, {OK, NO_CONTENT})
        return answer

    def _check(self, answer: Answer, fine: set[int]) -> None:
        """Raise what the runner is to do about an answer that is not fine."""
        if answer.status in fine:
            return
        if answer.status == UNAUTHORISED:
            raise KeyRefusedError
        if answer.status == FORBIDDEN:
            raise AccessForbiddenError
        if answer.status in {NOT_FOUND, GONE}:
            raise GoneUpstreamError
        if answer.status == TOO_MANY:
            raise RateLimitedError(self._until(answer))
        raise ServiceTroubleError

    def _until(self, answer: Answer) -> datetime:
        """When it may be asked again, if it says so; at once when it does not."""
        said = answer.headers.get("retry-after", "").strip()
        now = self.clock()
        if said.isdecimal():
            return now + min(timedelta(seconds=int(said[:9])), LIMIT_LONGEST)
        try:
            return min(parsedate_to_datetime(said), now + LIMIT_LONGEST) if said else now
        except (TypeError, ValueError):
            return now

    def _door(self) -> Door:
        return Door(self._at(API))

    def _at(self, usual: str) -> str:
        return self.settings.garmin_address or usual


def _bearer(access: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access}"}
