"""An athlete's imports take turns at the database, so that one run arriving twice is found."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def wait_for_turn(session: Session, athlete_id: UUID) -> None:
    """Wait until no other import of this athlete is in its transaction; ours ends the turn."""
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"imports {athlete_id}", 0)))
    )
