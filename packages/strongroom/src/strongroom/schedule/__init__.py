"""Run on time: schedules, the watcher that keeps them, and files for other schedulers."""

from strongroom.schedule.clock import Clock, SystemClock
from strongroom.schedule.events import Event, Events
from strongroom.schedule.lease import Lease
from strongroom.schedule.settings import ScheduleSettings, settings_of
from strongroom.schedule.times import Daily, Every, Quiet, Schedule, Weekly, missed
from strongroom.schedule.watching import STEPS, Watcher

__all__ = [
    "STEPS",
    "Clock",
    "Daily",
    "Event",
    "Events",
    "Every",
    "Lease",
    "Quiet",
    "Schedule",
    "ScheduleSettings",
    "SystemClock",
    "Watcher",
    "Weekly",
    "missed",
    "settings_of",
]
