"""Comments that allow a rule for one statement, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from strongroom.migrations.lint.findings import Finding
from strongroom.migrations.lint.rule import RULES
from strongroom.sql import Statement

_COMMENT = re.compile(r"strongroom:\s*allow\b\s*(?P<rule>[\w-]*)(?:\s+because\s+(?P<reason>\S.*))?")


@dataclass(frozen=True)
class Allowances:
    """The rules that a statement's comments allow, and what is wrong with those comments."""

    rules: tuple[str, ...]
    complaints_text: tuple[str, ...]

    @classmethod
    def of(cls, statement: Statement) -> Allowances:
        """Read the comments of a statement."""
        rules, complaints = [], []
        for comment in statement.comments:
            match = _COMMENT.search(comment)
            if match is None:
                continue
            if match["rule"] not in RULES:
                complaints.append(f"There is no rule called {match['rule']!r}.")
            elif not match["reason"]:
                complaints.append(f"Allowing {match['rule']} needs a reason, so it stays refused.")
            else:
                rules.append(match["rule"])
        return cls(tuple(rules), tuple(complaints))

    def covers(self, rule: str) -> bool:
        """Whether the rule is allowed here."""
        return rule in self.rules

    def complaints(self, statement: Statement) -> Iterator[Finding]:
        """Comments without effect: misspelt, or without a reason."""
        yield from (complaint(text, statement.line) for text in self.complaints_text)


def complaint(text: str, line: int) -> Finding:
    """A comment that should allow something, and does not."""
    return Finding(
        "allowance",
        "caution",
        None,
        line,
        text,
        "Write -- strongroom: allow RULE because REASON beside the statement it is about.",
    )


def unneeded(
    allowed: Sequence[tuple[int, str]], used: Container[tuple[int, str]]
) -> Iterator[Finding]:
    """Rules that are allowed at a line where no statement needs it."""
    for line, rule in dict.fromkeys(allowed):
        if (line, rule) not in used:
            yield complaint(f"Nothing here needs {rule} to be allowed.", line)
