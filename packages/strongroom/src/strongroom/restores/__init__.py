"""Bringing a backup back: beside what is there, verified, exchanged only when told to."""

from strongroom.restores.freeze import FREEZE_STEPS, Frozen, freeze, frozen_since, thaw
from strongroom.restores.plan import Plan
from strongroom.restores.points import target_at
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
    "FREEZE_STEPS",
    "STEPS",
    "Frozen",
    "Plan",
    "Restored",
    "UndoPlan",
    "Undone",
    "freeze",
    "frozen_since",
    "plan_restore",
    "plan_undo",
    "restore",
    "target_at",
    "thaw",
    "undo",
]
