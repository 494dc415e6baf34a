"""Comments that allow a rule at a line, each with its reason.

``# strongroom: allow RULE because REASON`` in the line of a finding, or alone in the line above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from strongroom.audit.compose import Place
from strongroom.audit.finding import Finding
from strongroom.audit.rule import RULES, Hit

_COMMENT = re.compile(
    r"(?:#|//|--)\s*strongroom:\s*allow\b\s*(?P<rule>[\w-]*)(?:\s+because\s+(?P<reason>\S.*))?"
)


@dataclass(frozen=True)
class Allowance:
    """One comment: the rule that it allows, and the lines that it speaks for."""

    rule: str
    place: Place
    lines: tuple[int, int]


def applied(
    findings: Sequence[Finding], texts: Mapping[Path, str]
) -> tuple[list[Finding], list[Finding]]:
    """Findings that stay, and those that a comment allows; comments without effect are added."""
    allowed: list[Allowance] = []
    complaints: list[Hit] = []
    for path, text in texts.items():
        if "strongroom:" in text:
            for found in _comments(path, text):
                if isinstance(found, Allowance):
                    allowed.append(found)
                else:
                    complaints.append(found)
    kept: list[Finding] = []
    left: list[Finding] = []
    used: set[Allowance] = set()
    for finding in findings:
        by = [one for one in allowed if _covers(one, finding)]
        used.update(by)
        (left if by else kept).append(finding)
    complaints += [
        Hit(one.place, f"nothing here needs {one.rule} to be allowed", one.rule)
        for one in allowed
        if one not in used
    ]
    return [*kept, *(RULES["allowance"].finding(one) for one in complaints)], left


def _covers(allowance: Allowance, finding: Finding) -> bool:
    same = allowance.rule == finding.rule and allowance.place.file == finding.file
    return same and finding.line in allowance.lines


def _comments(path: Path, text: str) -> Iterator[Allowance | Hit]:
    for number, line in enumerate(text.split("\n"), 1):
        match = _COMMENT.search(line)
        if match is None:
            continue
        place = Place(path, number)
        if match["rule"] not in RULES:
            if path.suffix not in {".sql", ".py"}:  # those of migrations are not ours
                yield Hit(place, f"there is no rule called {match['rule']!r}", match["rule"])
        elif not match["reason"]:
            what = f"allowing {match['rule']} needs a reason, so it stays"
            yield Hit(place, what, match["rule"])
        else:
            alone = not line[: match.start()].strip()
            yield Allowance(match["rule"], place, (number, number + 1 if alone else number))
