"""What other features may call of gear."""

from strideiq.gear.errors import GearError, NoSuchGearError
from strideiq.gear.panel import panel
from strideiq.gear.service import (
    add,
    choose,
    current_defaults,
    find,
    set_default,
    set_retired,
)
from strideiq.gear.views import GearView, all_gear, choices, names, of_kind, shown_gear

__all__ = [
    "GearError",
    "GearView",
    "NoSuchGearError",
    "add",
    "all_gear",
    "choices",
    "choose",
    "current_defaults",
    "find",
    "names",
    "of_kind",
    "panel",
    "set_default",
    "set_retired",
    "shown_gear",
]
