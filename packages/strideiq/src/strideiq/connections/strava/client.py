"""Asking Strava: tokens that are renewed and stored before they are used, limits that are heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from strideiq.connections import queue, service
from strideiq.connections.errors import (
    AccessForbiddenError,
    AccessRevokedError,
    GoneUpstreamError,
    RateLimitedError,
    ServiceTroubleError,
)
from strideiq.connections.http import Answer, Door
from strideiq.connections.registry import Context
from strideiq.connections.strava import limits
from strideiq.platform.language import marked

NAME = "strava"
API = "/api/v3"
TOKEN = f"{API}/oauth/token"
RENEW_BEFORE = timedelta(minutes=10)
"""A token that ends so soon is renewed first: clocks differ, and answers take time."""
BACKGROUND = 50
"""Jobs of this priority or behind it leave a part of each limit to those before."""


@dataclass(frozen=True)
class Grant:
    """What Strava gives for a code or a refresh token."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    athlete: Mapping[str, Any]


@dataclass
class Client:
    """Requests in the name of one athlete. Whoever uses it holds the connection (see runner)."""

    context: Context
    athlete_id: UUID
    background: bool = False

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401  JSON
        """The answer to a request below ``/api/v3``, read as JSON.

        Raises:
            RateLimitedError: Strava wants to be left alone for a time.
            AccessRevokedError: it does not know our tokens any more.
            AccessForbiddenError: it knows us, and we may not.
            GoneUpstreamError: there is no such thing.
            ServiceTroubleError: anything else than an answer.
        """
        answer = self._asked(path, params, self._access_token())
        if answer.status == HTTPStatus.UNAUTHORIZED:
            # Ended early, or our clock is behind: once more with a new one.
            answer = self._asked(path, params, self._renewed())
        _refuse(answer, self.context.clock())
        return answer.json()

    def revoke(self) -> None:
        """Tell Strava that we stop; what is revoked already is fine."""
        token = self._access_token()
        answer = door(self.context).ask("POST", "/oauth/deauthorize", form={"access_token": token})
        if answer.status not in {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}:
            raise ServiceTroubleError

    def _asked(self, path: str, params: Mapping[str, str] | None, token: str) -> Answer:
        answer = door(self.context).ask(
            "GET", API + path, params=params, headers={"Authorization": f"Bearer {token}"}
        )
        self._heed(answer)
        return answer

    def _heed(self, answer: Answer) -> None:
        """Remember a window that is full, or full enough for what may wait, before the next job."""
        now = self.context.clock()
        found = limits.windows(answer.headers, now)
        full = limits.full_until(found)
        held = limits.full_until(found, limits.BACKGROUND_SHARE) if self.background else None
        if full is None and held is None:
            return
        with self.context.sessions.begin() as session:
            if full is not None:
                row = service.row_of(session, self.athlete_id, NAME, lock=True)
                row.limited_until = full
            if held is not None:
                queue.hold(session, NAME, BACKGROUND, held)

    def _access_token(self) -> str:
        with self.context.sessions() as session:
            row = service.row_of(session, self.athlete_id, NAME)
            secrets = service.secrets_of(row, self.context.keys)
            ends_at = row.secrets_expire_at
        if secrets is None:
            raise AccessRevokedError
        if ends_at is None or ends_at - self.context.clock() < RENEW_BEFORE:
            return self._renewed()
        return secrets["access_token"]

    def _renewed(self) -> str:
        """A new access token; it and its refresh token are stored before anything uses them."""
        with self.context.sessions.begin() as session:
            row = service.row_of(session, self.athlete_id, NAME, lock=True)
            secrets = service.secrets_of(row, self.context.keys)
            if secrets is None:
                raise AccessRevokedError
            grant = granted(
                self.context, grant_type="refresh_token", refresh_token=secrets["refresh_token"]
            )
            service.keep_secrets(row, self.context.keys, secrets_from(grant), grant.expires_at)
        return grant.access_token


def door(context: Context) -> Door:
    """The way to Strava."""
    return Door(context.settings.strava_address)


def granted(context: Context, **form: str) -> Grant:
    """Tokens for a code (``grant_type=authorization_code``) or a refresh token.

    Raises:
        AccessRevokedError: the code or the token is not good, or not any more.
        ServiceTroubleError: no answer, or a broken one.
    """
    settings = context.settings
    identity = {
        "client_id": settings.strava_client_id,
        "client_secret": settings.strava_client_secret.get_secret_value(),
    }
    answer = door(context).ask("POST", TOKEN, form=identity | form)
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        raise AccessRevokedError
    _refuse(answer, context.clock())
    document = answer.json()
    try:
        return Grant(
            str(document["access_token"]),
            str(document["refresh_token"]),
            datetime.fromtimestamp(int(document["expires_at"]), UTC),
            document.get("athlete") or {},
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        raise ServiceTroubleError from None


def secrets_from(grant: Grant) -> dict[str, str]:
    """What of a grant is kept, encrypted."""
    return {"access_token": grant.access_token, "refresh_token": grant.refresh_token}


def _refuse(answer: Answer, now: datetime) -> None:
    """Raise what an answer that is not 200 means."""
    match answer.status:
        case HTTPStatus.OK | HTTPStatus.CREATED:
            return
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimitedError(limits.refused_until(answer.headers, now))
        case HTTPStatus.UNAUTHORIZED:
            raise AccessRevokedError(
                marked("Strava does not accept this connection any more."),
                next_step=marked("connect it again"),
            )
        case HTTPStatus.FORBIDDEN:
            raise AccessForbiddenError
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            raise GoneUpstreamError
        case _:
            raise ServiceTroubleError
