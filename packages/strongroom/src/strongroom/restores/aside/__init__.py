"""Single tables or schemas of the past, beside those of today: in a schema of their own."""

from __future__ import annotations

from strongroom.restores.aside.bringing import STEPS, bring_aside, restore_aside
from strongroom.restores.aside.records import Aside, TableAside, Target
from strongroom.restores.aside.removing import remove_aside
from strongroom.restores.aside.source import Held, Wanted

__all__ = [
    "STEPS",
    "Aside",
    "Held",
    "TableAside",
    "Target",
    "Wanted",
    "bring_aside",
    "remove_aside",
    "restore_aside",
]
