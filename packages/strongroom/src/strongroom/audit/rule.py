"""What a rule is, and the table of all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from strongroom.audit.compose import Place
from strongroom.audit.finding import Edit, Finding, Severity

Subject = Literal["project", "command", "module", "javascript", "tree", "engine"]
"""What a rule judges: a compose project, a command in a script, a file of Python, one of JavaScript
or TypeScript, all together; or what the engine has for a database."""


@dataclass(frozen=True)
class Hit:
    """A rule applies at a place; what is None is said in the rule's own words."""

    place: Place
    what: str
    subject: str = ""
    severity: Severity | None = None
    edit: Edit | None = None


Judge = Callable[[Any], Iterator[Hit]]


@dataclass(frozen=True)
class Rule:
    """A rule: its name, how bad it is, why, how it is mended, and how it judges."""

    name: str
    severity: Severity
    family: str
    on: Subject
    why: str
    fix: str
    judge: Judge

    @property
    def docs(self) -> str:
        """Its page: a file of the project's documentation, with its place there."""
        return f"docs/reference/audit/{self.family}.md#{self.name}"

    def finding(self, hit: Hit) -> Finding:
        """What the rule says about a hit."""
        return Finding(
            rule=self.name,
            severity=hit.severity or self.severity,
            file=hit.place.file,
            line=hit.place.line,
            what=hit.what,
            why=self.why,
            fix=self.fix,
            docs=self.docs,
            subject=hit.subject,
            edit=hit.edit,
        )


RULES: dict[str, Rule] = {}


def rule(
    name: str, severity: Severity, *, on: Subject, why: str, fix: str
) -> Callable[[Judge], Judge]:
    """Enter a function into the table of rules; its family is the file that it stands in."""

    def enter(judge: Judge) -> Judge:
        if name in RULES:
            raise ValueError(f"two rules are called {name}")
        family = judge.__module__.rpartition(".")[2]
        RULES[name] = Rule(name, severity, family, on, why, fix, judge)
        return judge

    return enter
