"""Bringing a backup back: beside what is there, verified, exchanged only when told to."""

from strongroom.restores.plan import Plan
from strongroom.restores.restore import STEPS as RESTORE_STEPS
from strongroom.restores.restore import Restored, plan_restore, restore
from strongroom.restores.swap import SWAP_STEPS
from strongroom.restores.undo import Undone, UndoPlan, plan_undo, undo

STEPS = (
    *RESTORE_STEPS,
    *(f"swap.{step}" for step in SWAP_STEPS),
    "undo.planned",
    *(f"undo.{step}" for step in SWAP_STEPS),
)
"""What restore, swap and undo report as done."""

__all__ = [
    "STEPS",
    "Plan",
    "Restored",
    "UndoPlan",
    "Undone",
    "plan_restore",
    "plan_undo",
    "restore",
    "undo",
]
