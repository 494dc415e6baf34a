"""Masked copies of one environment for another, from a backup, proven to hold no original."""

from strongroom.drills import RELOAD_STEPS
from strongroom.refresh.proposing import proposed_rules
from strongroom.refresh.refreshing import Refreshed, RefreshPlan, proposals, refresh
from strongroom.restores.swap import SWAP_STEPS

STEPS = (
    "refresh.planned",
    "refresh.source_started",
    *RELOAD_STEPS,
    "refresh.rules_fit",
    "refresh.target_started",
    "refresh.labelled",
    "refresh.tables_made",
    "refresh.rows_copied",
    "refresh.schema_finished",
    "refresh.searched",
    "refresh.at_rest",
    "refresh.recorded",
    *(f"swap.{step}" for step in SWAP_STEPS),
)
"""What a refresh reports as done; it may be killed after any of them."""

__all__ = ["STEPS", "RefreshPlan", "Refreshed", "proposals", "proposed_rules", "refresh"]
