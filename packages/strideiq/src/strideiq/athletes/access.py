"""Who a program is: the athlete whose token it sends, and only with the scope it needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security, params
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from strideiq.athletes import tokens
from strideiq.athletes.recognising import check_scopes
from strideiq.athletes.scopes import SCOPES
from strideiq.athletes.service import AthleteView
from strideiq.platform.errors import TokenNeededError
from strideiq.platform.language import gettext as _
from strideiq.platform.requests import DatabaseSession
from strideiq.platform.security import address, rate_limit

REQUESTS_PER_TOKEN_MAX = 600
MINUTE_S = 60.0
WRONG_TOKENS_PER_ADDRESS_MAX = 50
QUARTER_HOUR_S = 15 * 60.0

_bearer = HTTPBearer(
    auto_error=False,
    description="A token from the page /preferences/tokens. Each address names its scope.",
)


def token_athlete(scope: str) -> params.Security:
    """What an address of the API asks for: the athlete whose token has this scope.

    Used as ``athlete: Annotated[AthleteView, token_athlete("activities:read")]``. Requests with
    a token need no token of a form, and no cookie can stand in for one.
    """
    if scope not in SCOPES:
        raise ValueError(f"scope {scope!r} is not in the table of scopes")
    needed: params.Security = Security(_holder, scopes=[scope])
    return needed


def _holder(
    request: Request,
    session: DatabaseSession,
    needed: SecurityScopes,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> AthleteView:
    """Find whose token was sent.

    Raises:
        TokenNeededError: none came, or one that is unknown, revoked or expired.
        ScopeMissingError: it may not do this.
        TooManyAttemptsError: there were too many requests, or too many wrong tokens.
    """
    found = tokens.holder(session, sent.credentials) if sent else None
    if found is None:
        if sent is not None:
            rate_limit(
                request, "wrong token", WRONG_TOKENS_PER_ADDRESS_MAX, QUARTER_HOUR_S
            ).attempt(address(request))
        raise TokenNeededError(
            _("This token is unknown, revoked or expired.") if sent else _("No token was sent."),
            next_step=_("send one of yours as: Authorization: Bearer strideiq_…"),
        )
    rate_limit(request, "requests by token", REQUESTS_PER_TOKEN_MAX, MINUTE_S).attempt(
        str(found.token_id)
    )
    check_scopes(found, needed.scopes)
    request.state.athlete = found.athlete
    return found.athlete
