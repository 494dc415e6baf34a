"""The database as a route asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session


def request_session(request: Request) -> Iterator[Session]:
    """The session of one request: one transaction, committed before the answer leaves."""
    with request.app.state.runtime.sessions.begin() as session:
        session.info["sent"] = getattr(request.state, "sent", None)
        yield session


DatabaseSession = Annotated[Session, Depends(request_session, scope="function")]
"""What a route asks for when it needs the database."""
