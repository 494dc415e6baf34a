"""What a rule is, and the table of all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strongroom.migrations.lint.findings import LintContext, Severity

if TYPE_CHECKING:
    from strongroom.migrations.lint.world import World
    from strongroom.sql import Statement


@dataclass(frozen=True)
class Subject:
    """One thing to judge: a statement, one command of ALTER TABLE, one constraint, nested DML.

    ``kind`` names it as the parser does (``DropStmt``, ``AT_DropColumn``, ``CONSTR_FOREIGN``,
    ``DeleteStmt``); ``table`` is the label of the table that it concerns; ``column`` is the
    definition of the column that a constraint stands with.
    """

    kind: str
    node: Any
    statement: Statement
    table: str | None
    world: World
    context: LintContext
    column: Any | None = None


@dataclass(frozen=True)
class Hit:
    """A rule applies. What is None is said in the rule's own words."""

    table: str | None
    why: str | None = None
    instead: str | None = None
    severity: Severity | None = None


Judge = Callable[[Subject], Iterator[Hit]]


@dataclass(frozen=True)
class Rule:
    """A rule: its name, how bad it is, why, what to do instead, and how it judges."""

    name: str
    severity: Severity
    why: str
    instead: str
    kinds: tuple[str, ...]
    judge: Judge


RULES: dict[str, Rule] = {}


def rule(
    name: str, severity: Severity, *, on: tuple[str, ...], why: str, instead: str
) -> Callable[[Judge], Judge]:
    """Enter a function into the table of rules, for the kinds of subjects in ``on``."""

    def enter(judge: Judge) -> Judge:
        if name in RULES:
            raise ValueError(f"two rules are called {name}")
        RULES[name] = Rule(name, severity, why, instead, on, judge)
        return judge

    return enter
