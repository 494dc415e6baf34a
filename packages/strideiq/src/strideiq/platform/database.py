"""The declarative base of every table, and the session of a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine, MetaData
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker


class Base(DeclarativeBase):
    """Every table of the application; each one's primary key leads with ``athlete_id``."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions on this engine; objects stay readable after their transaction has ended."""
    return sessionmaker(engine, expire_on_commit=False)


def request_session(request: Request) -> Iterator[Session]:
    """The session of one request: one transaction, committed before the answer leaves."""
    with request.app.state.runtime.sessions.begin() as session:
        session.info["sent"] = getattr(request.state, "sent", None)
        yield session


DatabaseSession = Annotated[Session, Depends(request_session, scope="function")]
"""What a route asks for when it needs the database."""
