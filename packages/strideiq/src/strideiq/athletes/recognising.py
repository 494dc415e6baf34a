"""Whose token it is, and whether it may do what it is sent for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from strideiq.athletes import tokens
from strideiq.athletes.service import AthleteView
from strideiq.platform.errors import ScopeMissingError, TokenNeededError
from strideiq.platform.language import gettext as _


def recognised(session: Session, token: str, scope: str) -> AthleteView:
    """Whose token this is, for what has no request: a program that we speak to over pipes.

    Raises:
        TokenNeededError: it is unknown, revoked or expired.
        ScopeMissingError: it may not do this.
    """
    found = tokens.holder(session, token)
    if found is None:
        raise TokenNeededError(
            _("This token is unknown, revoked or expired."),
            next_step=_("make another one on the page /preferences/tokens"),
        )
    check_scopes(found, [scope])
    return found.athlete


def check_scopes(found: tokens.TokenHolder, needed: Sequence[str]) -> None:
    """Refuse where a token lacks one of these scopes.

    Raises:
        ScopeMissingError: it does.
    """
    if missing := [scope for scope in needed if scope not in found.scopes]:
        raise ScopeMissingError(
            _("This token may not do that: it lacks the scope {scope}.").format(scope=missing[0]),
            next_step=_("make a token with it on the page /preferences/tokens"),
        )
