"""Run every rule over a script, in the order of its statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from strongroom.migrations.lint import rules as _rules  # noqa: F401  entering them is its effect
from strongroom.migrations.lint.allowances import Allowances, unneeded
from strongroom.migrations.lint.coming import coming
from strongroom.migrations.lint.findings import Finding, LintContext
from strongroom.migrations.lint.following import follow
from strongroom.migrations.lint.rule import RULES, Rule, Subject
from strongroom.migrations.lint.subjects import subjects_of
from strongroom.migrations.lint.world import World
from strongroom.sql import Statement, parse_script


def lint(
    script: str | Sequence[Statement],
    *,
    context: LintContext | None = None,
    file: str | None = None,
) -> tuple[Finding, ...]:
    """Judge a script, or statements in their order; the findings are ordered by line.

    A finding is left out where a comment beside its statement allows the rule and says why:
    ``-- strongroom: allow RULE because REASON``.
    """
    statements = parse_script(script) if isinstance(script, str) else script
    context = context or LintContext()
    world = World(context, coming=coming(statements, context), lock_timeout=context.lock_timeout)
    found: list[Finding] = []
    allowed: list[tuple[int, str]] = []
    used: set[tuple[int, str]] = set()
    for position, statement in enumerate(statements):
        world.position = position
        allowances = Allowances.of(statement)
        judged = list(dict.fromkeys(_judged(statement, world)))
        found.extend(one for one in judged if not allowances.covers(one.rule))
        found.extend(allowances.complaints(statement))
        allowed.extend((statement.line, rule) for rule in allowances.rules)
        used.update((one.line, one.rule) for one in judged)
        follow(world, statement)
    found.extend(unneeded(allowed, used))
    ordered = sorted(found, key=lambda one: one.line)
    return tuple(replace(one, file=file) for one in ordered) if file else tuple(ordered)


def _judged(statement: Statement, world: World) -> Iterator[Finding]:
    for subject in subjects_of(statement, world):
        for rule in _rules_for(subject.kind):
            yield from _findings(rule, subject)


def _findings(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for hit in rule.judge(subject):
        yield Finding(
            rule.name,
            hit.severity or rule.severity,
            hit.table,
            subject.statement.line,
            hit.why or rule.why,
            hit.instead or rule.instead,
        )


@cache
def _rules_for(kind: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES.values() if kind in rule.kinds)
