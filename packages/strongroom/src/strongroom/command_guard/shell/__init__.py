"""Resolve shell text into the simple commands that it would run."""

from strongroom.command_guard.shell.evaluating import Evaluation
from strongroom.command_guard.shell.steps import Redirect, Step, is_known, shown, unknown

__all__ = ["Evaluation", "Redirect", "Step", "is_known", "shown", "unknown"]
