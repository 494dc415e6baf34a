"""How a judge writes down what it found."""

from __future__ import annotations

from strongroom.command_guard.decision import Finding, Verdict
from strongroom.command_guard.shell.steps import Step


def found(step: Step, rule: str, verdict: Verdict, loses: str) -> Finding:
    """A finding about a step; ``loses`` ends the sentence that begins with the command."""
    return Finding(rule, verdict, f"{step.text(80)} {loses}", step.text(), step.through)
