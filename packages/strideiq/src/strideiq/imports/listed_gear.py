"""The gear that an export's list names, as one more thing that its source says of an activity.

The list knows names and our activities know gear, so a name is looked up once the file has its
turn at the database. It is an observation: what the athlete chooses for an activity wins.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.public import ObservedActivity
from strideiq.gear import public as gear
from strideiq.imports.models import SourceFile

FIELD = "gear_id"
RIDDEN = ("cycling", "ride", "biking")
"""What the sports that are done on a bicycle have in their names."""

SEEN_BEFORE_MAX = 20
"""Files of one name that are looked at for what became of it; the first has always sufficed."""


def with_gear(session: Session, athlete_id: UUID, observed: ObservedActivity) -> ObservedActivity:
    """The activity with the gear that its list names, which is made where there is none.

    A name that no gear can have is left out.
    """
    if observed.gear is None:
        return observed
    kind = "bicycle" if any(word in observed.sport for word in RIDDEN) else "shoes"
    try:
        gear_id = (
            gear.find(session, athlete_id, observed.gear, kind)
            or _called_so_before(session, athlete_id, observed.gear, kind)
            or gear.add(session, athlete_id, observed.gear, kind)
        )
    except gear.GearError:
        return observed
    return replace(observed, more={**observed.more, FIELD: gear_id})


def _called_so_before(session: Session, athlete_id: UUID, name: str, kind: str) -> UUID | None:
    """The gear that earlier files of the same list were given, which was renamed since."""
    of_this_kind = gear.of_kind(session, athlete_id, kind)
    files = session.scalars(
        select(SourceFile.source_file_id)
        .where(SourceFile.athlete_id == athlete_id, SourceFile.listed["gear"].astext == name)
        .order_by(SourceFile.received_at)
        .limit(SEEN_BEFORE_MAX)
    )
    for source_file_id in files:
        said = activities.said_by_file(session, athlete_id, source_file_id, FIELD)
        known = next((UUID(each) for each in said if UUID(each) in of_this_kind), None)
        if known is not None:
            return known
    return None
