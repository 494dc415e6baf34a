"""What others may use of safety."""

from __future__ import annotations

from strideiq.safety.keeper import Keeper, note_change

__all__ = ["Keeper", "note_change"]
