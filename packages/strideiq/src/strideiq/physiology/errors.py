"""The one error of physiology; whoever calls it turns it into a page or an exit code."""

from __future__ import annotations


class OutsideModelError(ValueError):
    """A distance, a time or an index for which the equations say nothing about a human runner."""
