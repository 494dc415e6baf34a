"""What the demo athlete says of the newest runs, and what a service says of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities

SPOKEN_OF = 9
"""How many of the newest runs the athlete says something of."""

EFFORTS = (4, 6, 3, 8, 5)
FEELINGS = ("good", "okay", "great", "poor")
NOTES = "Legs heavy at first, better from the third kilometre on."


def speak(session: Session, athlete_id: UUID, recorded: Sequence[UUID]) -> None:
    """Say how hard the newest runs were and how they felt; ``recorded`` is oldest first."""
    newest = list(recorded[-SPOKEN_OF:])[::-1]
    for number, activity_id in enumerate(newest):
        said = {
            "effort": EFFORTS[number % len(EFFORTS)],
            "feeling": FEELINGS[number % len(FEELINGS)],
        }
        if number == 0:
            said |= {"notes": NOTES, "weather": "Drizzle, hardly any wind"}
        for field, value in said.items():
            activities.annotate(session, athlete_id, activity_id, field, value)
    if newest:
        service = activities.Source("archive", name="another service")
        named = {"name": "Lunch loop", "notes": "Copied from another service"}
        activities.observe_fields(session, athlete_id, newest[0], service, named)
