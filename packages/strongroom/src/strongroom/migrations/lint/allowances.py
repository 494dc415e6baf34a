"""Comments that allow a rule for one statement, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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

    def complaints(self, statement: Statement, judged: Sequence[Finding]) -> Iterator[Finding]:
        """Comments without effect: misspelt, without a reason, or allowing what is not there."""
        found = {one.rule for one in judged}
        unneeded = [
            f"Nothing here needs {rule} to be allowed." for rule in self.rules if rule not in found
        ]
        for text in (*self.complaints_text, *unneeded):
            yield Finding(
                "allowance",
                "caution",
                None,
                statement.line,
                text,
                "Write -- strongroom: allow RULE because REASON beside the statement it is about.",
            )
