"""What features above this one show on an activity's page; ``features.py`` registers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities.activity_view import ActivityView

PanelPlace = Literal["figures", "foot"]


@dataclass(frozen=True)
class Panel:
    """A part of the page: a template, and what it finds there under the name ``given``."""

    template: str
    context: Mapping[str, object]


PanelCallback = Callable[[Session, UUID, ActivityView], Panel | None]
"""Called with the session, the athlete and the activity; None shows nothing."""

_panels: dict[PanelPlace, list[PanelCallback]] = {"figures": [], "foot": []}


def add_panel(place: PanelPlace, callback: PanelCallback) -> None:
    """Have ``callback`` asked for a panel below the key figures, or at the foot of the page."""
    if callback not in _panels[place]:
        _panels[place].append(callback)


def panels(
    place: PanelPlace, session: Session, athlete_id: UUID, activity: ActivityView
) -> list[Panel]:
    """The panels of one place, in the order of their registration."""
    asked = (callback(session, athlete_id, activity) for callback in _panels[place])
    return [panel for panel in asked if panel is not None]
