"""The report of an incident, written from the record: what happened, why, what remains."""

from strongroom.report.incident.causes import Cause
from strongroom.report.incident.episodes import Episode, episodes
from strongroom.report.incident.fates import TableFate
from strongroom.report.incident.markdown import as_markdown, as_page
from strongroom.report.incident.telling import IncidentReport, Moment, tell_incident

__all__ = [
    "Cause",
    "Episode",
    "IncidentReport",
    "Moment",
    "TableFate",
    "as_markdown",
    "as_page",
    "episodes",
    "tell_incident",
]
