"""Errors of what runs by itself and tells people."""

from __future__ import annotations

from strongroom.errors.base import StrongroomError


class AlertError(StrongroomError):
    """Something could not be told, pinged or shown as metrics; no backup depends on it."""

    code = "alert"


class ScheduleError(StrongroomError):
    """A schedule cannot be kept."""

    code = "schedule"


class LeaseLostError(ScheduleError):
    """Another watcher has taken over, so that this one must not go on."""

    code = "lease_lost"


class StoppedError(ScheduleError):
    """A watcher was asked twice to end, so that the step it was in was abandoned."""

    code = "stopped"
    exit_code = 130


class IncidentError(StrongroomError):
    """The report of an incident could not be written; nothing was changed."""

    code = "incident"
