"""A form that is sent twice makes one thing: the second time gets the answer of the first.

A double click, a reload, a browser that tries again because the answer was lost: each sends the
same form of the same page once more. Every page has a key of its own in its forms
(``security.py``), and what a form made is remembered by that key, its address and its fields, in
the transaction that makes it. So two at a time wait for each other, what failed is forgotten, and
a form that was changed, or opened anew, is another one. A program says the same with the header
``Idempotency-Key``.

What is remembered is some 150 bytes, and is never forgotten: a table that shrinks would have to be
told apart from one that lost rows. An answer that shows a secret this once, and is therefore no
redirect, is kept encrypted: it is given again for ``SHOWN_AGAIN``, and goes with the next form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import ParamSpec
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.athletes.models import SentForm
from strideiq.athletes.service import AthleteView
from strideiq.platform.errors import ConflictError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import KeyRing, Sent

SHOWN_AGAIN = timedelta(minutes=10)
PURPOSE = "answer of a form"

MAKERS: list[Callable[..., Response]] = []
"""Everything that is marked, for the test that sends each of their forms twice."""

P = ParamSpec("P")


@dataclass(frozen=True)
class Before:
    """What the same form was answered before."""

    location: str | None
    sealed: bytes | None


def made_once(endpoint: Callable[P, Response]) -> Callable[P, Response]:
    """Mark what makes something; it takes its ``session`` and its ``athlete`` by these names."""

    @wraps(endpoint)
    def answered(*args: P.args, **given: P.kwargs) -> Response:
        session, athlete = given["session"], given["athlete"]
        assert isinstance(session, Session)  # noqa: S101  by its name
        assert isinstance(athlete, AthleteView)  # noqa: S101  the same
        sent: Sent | None = session.info.get("sent")
        if sent is None:
            return endpoint(*args, **given)
        athlete_id = athlete.athlete_id
        before = claim(session, athlete_id, sent)
        if before is not None:
            return _answer(before, sent)
        response = endpoint(*args, **given)
        _remember(session, athlete_id, sent, response)
        return response

    MAKERS.append(answered)
    return answered


def claim(session: Session, athlete_id: UUID, sent: Sent) -> Before | None:
    """Take a form for this transaction; what it was answered, when it was here before.

    Whoever comes second waits here until the first has committed or failed.

    Raises:
        ConflictError: the key was used for something else.
    """
    now = datetime.now(UTC)
    mine = SentForm.athlete_id == athlete_id
    session.execute(
        update(SentForm).where(mine, SentForm.sent_at < now - SHOWN_AGAIN).values(sealed=None)
    )
    row = {"athlete_id": athlete_id, "form_key": sent.key, "said_hash": sent.said}
    made = session.execute(
        insert(SentForm)
        .values(**row, sent_at=now)
        .on_conflict_do_nothing()
        .returning(SentForm.form_key)
    ).one_or_none()
    if made is not None:
        return None
    known = session.execute(
        select(SentForm.location, SentForm.sealed, SentForm.said_hash).where(
            mine, SentForm.form_key == sent.key
        )
    ).one()
    if known.said_hash != sent.said:
        raise ConflictError(
            _("This Idempotency-Key was sent with something else before."),
            next_step=_("send another key with another request"),
        )
    return Before(known.location, known.sealed)


def settle(
    session: Session,
    athlete_id: UUID,
    sent: Sent,
    location: str | None,
    sealed: bytes | None = None,
) -> None:
    """Remember where what was made is shown."""
    session.execute(
        update(SentForm)
        .where(SentForm.athlete_id == athlete_id, SentForm.form_key == sent.key)
        .values(location=location, sealed=sealed)
    )


def _remember(session: Session, athlete_id: UUID, sent: Sent, response: Response) -> None:
    if "location" in response.headers:
        settle(session, athlete_id, sent, response.headers["location"])
    elif response.status_code < 300:  # noqa: PLR2004  a page, shown this once
        settle(session, athlete_id, sent, None, _seal(response, sent.keys))
    else:
        session.execute(
            delete(SentForm).where(SentForm.athlete_id == athlete_id, SentForm.form_key == sent.key)
        )


def _seal(response: Response, keys: KeyRing) -> bytes:
    return keys.encrypt(PURPOSE, bytes(response.body))


def _answer(before: Before, sent: Sent) -> Response:
    if before.location is not None:
        return RedirectResponse(before.location, status_code=303)
    shown = sent.keys.decrypt(PURPOSE, before.sealed) if before.sealed else None
    return RedirectResponse(sent.path, status_code=303) if shown is None else HTMLResponse(shown)
