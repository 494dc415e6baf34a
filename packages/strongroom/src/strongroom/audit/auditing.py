"""Everything read, every rule asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import strongroom.audit.rules  # noqa: F401  enters the rules into the table
from strongroom.audit.allowances import applied
from strongroom.audit.compose import Question
from strongroom.audit.finding import SEVERITIES, Finding
from strongroom.audit.rule import RULES
from strongroom.audit.tree import Tree, read_tree

if TYPE_CHECKING:
    from strongroom.audit.engines import EngineView, Seen


@dataclass(frozen=True)
class Audit:
    """The findings, the worst first; ``allowed`` are those that a comment allows."""

    tree: Tree
    findings: tuple[Finding, ...]
    allowed: tuple[Finding, ...] = ()
    seen: tuple[Seen, ...] = ()
    engine: str | None = None
    """The address of the engine that was asked."""

    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity, the worst first."""
        return {
            name: sum(one.severity == name for one in self.findings)
            for name in reversed(SEVERITIES)
        }


def audit(
    paths: Sequence[Path],
    *,
    compose_files: Sequence[Path] = (),
    question: Question | None = None,
    look: Callable[[Tree], EngineView | None] | None = None,
) -> Audit:
    """Audit what lies at ``paths``. ``look`` asks an engine, if it is there and should be asked.

    Raises:
        AuditError: a path is not there, or there is too much.
    """
    tree = read_tree(paths, compose_files=compose_files, question=question)
    view = look(tree) if look is not None else None
    seen = _seen(tree, view)
    found = _distinct(_judged(tree, seen))
    kept, allowed = applied(found, tree.texts)
    address = view.address if view is not None else None
    return Audit(tree, tuple(sorted(kept, key=_order)), tuple(allowed), seen, address)


def _seen(tree: Tree, view: EngineView | None) -> tuple[Seen, ...]:
    if view is None:
        return ()
    kept = [one for one in tree.databases if one.is_postgresql and not one.is_for_tests]
    found = [view.seen(one) for one in kept]
    return tuple(one for one in found if one is not None)


def _judged(tree: Tree, seen: Sequence[Seen]) -> Iterator[Finding]:
    subjects: dict[str, Sequence[object]] = {
        "project": tree.projects,
        "command": tree.commands,
        "module": tree.modules,
        "javascript": tree.javascript,
        "tree": [tree],
        "engine": seen,
    }
    for rule in RULES.values():
        for subject in subjects[rule.on]:
            for hit in rule.judge(subject):
                yield rule.finding(hit)


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once: a base file is read again for every file that lies on top of it."""
    seen: dict[tuple[str, Path, int, str], Finding] = {}
    for one in findings:
        seen.setdefault((one.rule, one.file, one.line, one.subject), one)
    return list(seen.values())


def _order(finding: Finding) -> tuple[int, str, int, str]:
    return (-SEVERITIES.index(finding.severity), str(finding.file), finding.line, finding.rule)
