"""What the guard answers, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["allow", "needs_backup", "needs_human"]

_WEIGHT: dict[Verdict, int] = {"allow": 0, "needs_backup": 1, "needs_human": 2}


@dataclass(frozen=True)
class Finding:
    """One thing that a command would lose.

    ``rule`` names the piece of knowledge, ``step`` the command as it was resolved, and
    ``through`` what led there, outermost first: ``npm run reset``, ``bash -c``.
    """

    rule: str
    verdict: Verdict
    reason: str
    step: str = ""
    through: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The finding as shown by ``--json``."""
        return {**vars(self), "through": list(self.through)}


@dataclass(frozen=True)
class Decision:
    """The guard's answer about one command or edit.

    ``next`` is the one command that leads on, or None where nothing is in the way. ``permit``
    names the permit that let the command pass, where one did. ``fingerprint`` names exactly this
    command in this directory; it is empty where nothing was found.
    """

    decision: Verdict
    reasons: tuple[str, ...] = ()
    next: str | None = None
    findings: tuple[Finding, ...] = ()
    steps: tuple[str, ...] = ()
    fingerprint: str = ""
    permit: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether the command may run now."""
        return self.decision == "allow"

    def as_dict(self) -> dict[str, Any]:
        """The answer as one line of ``--jsonl``."""
        return {"decision": self.decision, "reasons": list(self.reasons), "next": self.next}

    def explained(self) -> dict[str, Any]:
        """The answer with the steps that were parsed, as ``explain`` shows it."""
        return {
            **self.as_dict(),
            "steps": list(self.steps),
            "findings": [one.as_dict() for one in self.findings],
            "fingerprint": self.fingerprint,
            "permit": self.permit,
        }


ALLOWED = Decision("allow")


def heaviest(findings: tuple[Finding, ...]) -> Verdict:
    """The verdict over all findings: the gravest of them."""
    verdicts = [one.verdict for one in findings]
    return max(verdicts, key=_WEIGHT.__getitem__, default="allow")
