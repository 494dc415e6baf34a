"""What other features may call of wellness."""

from strideiq.wellness.cards import today_card
from strideiq.wellness.check_ins import (
    Value,
    days,
    ill_until,
    resting_heart_rate_bpm,
    say,
    say_many,
)
from strideiq.wellness.fields import FIELDS, CheckInError
from strideiq.wellness.food import add as add_food
from strideiq.wellness.injuries import add as add_injury
from strideiq.wellness.panels import fuel_panel

__all__ = [
    "FIELDS",
    "CheckInError",
    "Value",
    "add_food",
    "add_injury",
    "days",
    "fuel_panel",
    "ill_until",
    "resting_heart_rate_bpm",
    "say",
    "say_many",
    "today_card",
]
