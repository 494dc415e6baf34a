"""The declarative base of every table, and sessions on it.

The session of a request is here too, and comes with the web framework once somebody asks for it:
half of what a verb would take to start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine, MetaData
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

if TYPE_CHECKING:
    from strideiq.platform.requests import DatabaseSession

__all__ = ["Base", "DatabaseSession", "session_factory"]


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


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """What a route asks for, when the first one does."""
        if name != "DatabaseSession":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from strideiq.platform.requests import DatabaseSession  # noqa: PLC0415

        return DatabaseSession
