"""What ``features.py`` registers with the home page."""

from strideiq.today.cards import CardCallback, FirstStep, Width, add_card, add_first_step
from strideiq.today.log import last_activity, this_week
from strideiq.today.standing import standing

__all__ = [
    "CardCallback",
    "FirstStep",
    "Width",
    "add_card",
    "add_first_step",
    "last_activity",
    "standing",
    "this_week",
]
