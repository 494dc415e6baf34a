"""Bringing a backup back: beside what is there, verified, exchanged only when told to."""

from strongroom.drills import RELOAD_STEPS
from strongroom.drills.recovery import STEPS as RECOVERY_STEPS
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

PHYSICAL_STEPS = (
    "restore.planned",
    *RECOVERY_STEPS,
    *(step for step in RESTORE_STEPS[1:] if step not in RELOAD_STEPS),
)
"""What the restore of a physical backup reports as done; swap and undo are as of any other."""

__all__ = [
    "FREEZE_STEPS",
    "PHYSICAL_STEPS",
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
