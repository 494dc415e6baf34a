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
from strideiq.wellness.daily import daily
from strideiq.wellness.fields import FIELDS, CheckInError
from strideiq.wellness.food import add as add_food
from strideiq.wellness.food import between as meals_between
from strideiq.wellness.food import totals as meals_totals
from strideiq.wellness.injuries import SEVERITIES
from strideiq.wellness.injuries import add as add_injury
from strideiq.wellness.injuries import every as injuries
from strideiq.wellness.models import Injury, NutritionEntry
from strideiq.wellness.panels import fuel_panel
from strideiq.wellness.questions import QUESTIONS, RELATION_DAYS, SERIES, Answer, answers
from strideiq.wellness.questions import missing as missing_words
from strideiq.wellness.relations import PAIRS_MIN, Relation

__all__ = [
    "FIELDS",
    "PAIRS_MIN",
    "QUESTIONS",
    "RELATION_DAYS",
    "SERIES",
    "SEVERITIES",
    "Answer",
    "CheckInError",
    "Injury",
    "NutritionEntry",
    "Relation",
    "Value",
    "add_food",
    "add_injury",
    "answers",
    "daily",
    "days",
    "fuel_panel",
    "ill_until",
    "injuries",
    "meals_between",
    "meals_totals",
    "missing_words",
    "resting_heart_rate_bpm",
    "say",
    "say_many",
    "today_card",
]
