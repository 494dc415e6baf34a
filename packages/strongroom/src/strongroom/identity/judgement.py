"""A verdict with everything a person or a program needs to act on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from strongroom.config import Configuration
from strongroom.errors import RefusedError
from strongroom.identity.address import VARIABLE
from strongroom.identity.observation import Expected, Observation, Warned
from strongroom.identity.state import Mark
from strongroom.identity.verdicts import Decision, Limits, Verdict, decide

ACCEPTABLE = (Verdict.ROLLED_BACK, Verdict.CLONE, Verdict.SHRUNK)
"""What a person may accept: it is the pinned database by its id, in an unexpected condition."""
ELSEWHERE = (Verdict.EMPTY, Verdict.FOREIGN, Verdict.WRONG_ENVIRONMENT)
"""It is not the pinned database: the address is wrong, or something else was put in its place."""


@dataclass(frozen=True)
class TableAtRisk:
    """One table's rows: as they were last counted, and as found (None: not counted)."""

    table: str
    expected_rows: int | None
    found_rows: int | None


@dataclass(frozen=True)
class Judgement:
    """The outcome of a check, as shown by the command line, the API and the ledger."""

    verdict: Verdict
    message: str
    expected: Mapping[str, Any]
    found: Mapping[str, Any]
    at_risk: tuple[TableAtRisk, ...]
    next: str
    """The one next command; empty when nothing is to be done."""
    fingerprint: str
    """Of what was found: ``accept`` takes it, so that nothing else can be accepted."""
    warnings: tuple[Warned, ...] = ()
    acceptable: bool = True
    """Whether there is a state that a person's word could move."""

    @property
    def matches(self) -> bool:
        """Say whether the database may be used."""
        return self.verdict is Verdict.MATCH

    @property
    def accept(self) -> str | None:
        """The command by which a person may accept what was found, where that is possible."""
        if self.verdict not in ACCEPTABLE or not self.acceptable:
            return None
        return f"strongroom accept --verdict {self.verdict} --found {self.fingerprint}"

    def as_dict(self) -> dict[str, Any]:
        """The judgement as documented for ``--json``."""
        return {
            "verdict": str(self.verdict),
            "exit_code": self.verdict.exit_code,
            "message": self.message,
            "expected": dict(self.expected),
            "found": dict(self.found),
            "at_risk": [asdict(table) for table in self.at_risk],
            "warnings": [asdict(warning) for warning in self.warnings],
            "fingerprint": self.fingerprint,
            "next": self.next,
            "accept": self.accept,
        }

    def refusal(self) -> RefusedError:
        """The error that stops whoever wanted to use this database."""
        return RefusedError(
            self.message,
            next_step=self.next,
            exit_code=self.verdict.exit_code,
            judgement=self.as_dict(),
        )


def judge(expected: Expected | None, found: Observation, configuration: Configuration) -> Judgement:
    """Judge what was found; pure, and the same for the same input."""
    decision = decide(expected, found, Limits(configuration.policy, configuration.keep))
    warnings = (*decision.warnings, *found.warnings)
    if expected and expected.stale:
        warnings = (*warnings, Warned("state_stale", f"Decided by a copy: {expected.stale}"))
    described = _described_find(found)
    at_risk = _at_risk(decision, expected, found)
    return Judgement(
        verdict=decision.verdict,
        message=_message(decision, found),
        expected=_described_expectation(expected, found, configuration),
        found=described,
        at_risk=at_risk,
        next=_next(decision, expected, found, configuration),
        fingerprint=_fingerprint(decision, described, at_risk),
        warnings=warnings,
    )


def _message(decision: Decision, found: Observation) -> str:
    """The reason, and of a place that is not ours, who gave the address that led there."""
    if found.address is None or decision.verdict not in ELSEWHERE:
        return decision.message
    return f"{decision.message} {found.address.told}"


def _described_expectation(
    expected: Expected | None, found: Observation, configuration: Configuration
) -> dict[str, Any]:
    if expected is None:
        return {"environment": configuration.environment}
    life = expected.life_of(found)
    if life.status == "retired":
        life = expected.state.current
    return {
        "environment": expected.environment,
        "database_id": expected.pin.database_id,
        "incarnation": life.id,
        "cluster": " or ".join(str(one) for one in life.clusters) or None,
        "epoch": _told(life.last),
    }


def _described_find(found: Observation) -> dict[str, Any]:
    identity = found.identity
    return {
        "environment": identity.environment if identity else None,
        "database_id": identity.database_id if identity else None,
        "incarnation": identity.incarnation if identity else None,
        "cluster": str(found.system_identifier) if found.system_identifier else None,
        "epoch": _told(found.marks[-1]) if found.marks else None,
        "where": found.where,
        "holds": found.holds,
    }


def _told(mark: Mark | None) -> str | None:
    return f"{mark.n} ({mark.nonce[:8]}) of {mark.at[:19]}" if mark else None


def _at_risk(
    decision: Decision, expected: Expected | None, found: Observation
) -> tuple[TableAtRisk, ...]:
    """Every table with a floor, those that lost most first; nothing when it matches."""
    if expected is None or decision.verdict is Verdict.MATCH:
        return ()
    absent = 0 if decision.verdict is Verdict.EMPTY else None
    tables = [
        TableAtRisk(table, floor, found.counts.get(table, absent))
        for table, floor in expected.life_of(found).expected_rows.items()
    ]
    return tuple(sorted(tables, key=_rows_missing, reverse=True))


def _rows_missing(table: TableAtRisk) -> int:
    return (table.expected_rows or 0) - (table.found_rows or 0)


def _next(
    decision: Decision,
    expected: Expected | None,
    found: Observation,
    configuration: Configuration,
) -> str:
    verdict = decision.verdict
    if verdict in (Verdict.MATCH, Verdict.UNREACHABLE):
        return found.problem_next if verdict is Verdict.UNREACHABLE else ""
    if expected is None:
        used = found.user_rows or found.identity
        init = f"strongroom init --environment {configuration.environment}"
        return "strongroom adopt --dry-run" if used else init
    if expected.pin.environment != configuration.environment:
        return _next_of_environments(expected.pin.environment, found, configuration)
    return _next_of_its_own(verdict, found, configuration)


def _next_of_its_own(verdict: Verdict, found: Observation, configuration: Configuration) -> str:
    """What was lost comes back from a backup; of an address, the one that led there is wrong."""
    if configuration.server is not None:
        return "strongroom restore" if verdict is Verdict.SHRUNK else "strongroom restore --swap"
    if verdict is Verdict.SHRUNK:
        return "strongroom backups"
    if found.by_program:
        return "correct the address that this program connects to"
    if verdict in ELSEWHERE:
        mended = found.address.next if found.address else None
        return mended or "strongroom find"  # where the data are, and what leads there
    named = VARIABLE.fullmatch(configuration.url or "")
    wrong = f"the variable {named[1]}" if named else f"database.url in {configuration.path}"
    return f"correct {wrong}, then strongroom check"


def _next_of_environments(pinned: str, found: Observation, configuration: Configuration) -> str:
    """Of pin and configuration the one is wrong that the database does not agree with."""
    if found.identity and found.identity.environment == configuration.environment:
        return f"bring {configuration.lock_path} back from version control"
    return f'set environment = "{pinned}" in {configuration.path}'


def _fingerprint(
    decision: Decision, described: Mapping[str, Any], at_risk: tuple[TableAtRisk, ...]
) -> str:
    seen = [decision.verdict, described, [asdict(table) for table in at_risk]]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]
