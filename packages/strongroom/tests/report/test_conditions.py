from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from strongroom.alerts import Memory
from strongroom.audit import Finding
from strongroom.backups import Manifest
from strongroom.backups.wal import Gap, LogFigures, Standing
from strongroom.config import Policy
from strongroom.drills import Check, DrillRecord
from strongroom.errors import AuditError, ServerError, StorageError
from strongroom.identity import Judgement, Verdict, Warned
from strongroom.report import KINDS, Attempts, Conditions, Facts, Failure, StoreFacts, evaluate
from strongroom.report.attempts import ClockJump
from strongroom.report.conditions import OF_THE_DATABASE, OF_THE_STORE
from strongroom.report.facts import LogFacts
from strongroom.report.surroundings import Surroundings

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = Policy(backup_age_max_s=26 * 3600, proof_age_max_s=26 * 3600)


def backup(age: timedelta = HOUR, size_bytes: int = 1_000) -> Manifest:
    """As much of a manifest as conditions look at."""
    told = SimpleNamespace(backup_id="newest", started_at=NOW - age, size_bytes=size_bytes)
    return cast("Manifest", told)


def drilled(verdict: Any, age: timedelta = HOUR) -> DrillRecord:
    checks = () if verdict == "proven" else (Check("tables", verdict, "public.run differs"),)
    return DrillRecord("drill", "newest", "0", verdict, NOW - age, 2.0, checks=checks)


def judged(verdict: Verdict = Verdict.MATCH, *warned: str) -> Judgement:
    warnings = tuple(Warned(code, f"about {code}") for code in warned)
    return Judgement(verdict, "what was found", {}, {}, (), "strongroom restore", "0", warnings)


DANGER = Finding(
    "volume-name-implicit", "danger", Path("compose.yaml"), 4, "what", "why", "fix", "docs"
)
GOOD_STORE = StoreFacts(
    newest=backup(),
    backups=1,
    deciding=drilled("proven"),
    last_drill=drilled("proven"),
    proof=drilled("proven"),
    free_bytes=50 * 10**9,
    total_bytes=100 * 10**9,
)
GOOD = Facts(
    at=NOW,
    application="shop",
    environment="production",
    database="main",
    policy=POLICY,
    judgement=judged(),
    judgement_problem=None,
    protected=True,
    store=GOOD_STORE,
    store_problem=None,
    attempts=Attempts(),
    memory=Memory(),
)


def with_store(**changes: Any) -> Facts:
    return replace(GOOD, store=replace(GOOD_STORE, **changes))


def failed(job: str, age: timedelta = timedelta(minutes=5)) -> Facts:
    failure = Failure(NOW - age, 2, "no_space", "the disk is full.", "make room")
    return replace(GOOD, attempts=Attempts({job: failure}))


def jumped(ago: timedelta) -> Facts:
    return replace(GOOD, attempts=Attempts(clock_jump=ClockJump(NOW - ago, -7200.0)))


def told(conditions: Conditions) -> list[tuple[str, str]]:
    return [(one.kind, one.severity) for one in conditions.holding]


def sampled(age: timedelta = HOUR) -> DrillRecord:
    open_ = (Check("coverage", "inconclusive", "a sample"),)
    return DrillRecord("drill", "newest", "0", "inconclusive", NOW - age, 2.0, checks=open_)


def with_log(
    behind: timedelta | None = timedelta(seconds=5),
    lost: tuple[Gap, ...] = (),
    vanished: tuple[Gap, ...] = (),
    led_from: str | None = "newest",
) -> Facts:
    """The stored log reaches to so long ago, and something may be missing in it."""
    figures = LogFigures(
        incarnation="life",
        timeline=1,
        start="0/1000000",
        stored=None if behind is None else "0/3000000",
        commit_at=None,
        stored_at=None if behind is None else NOW - behind,
        server=None,
        lag_bytes=None,
        at_risk_s=None if behind is None else behind.total_seconds(),
        gaps=(*lost, *vanished),
        receiver=None,
    )
    return replace(GOOD, keeps_log=True, log=LogFacts(figures, 300.0, lost, vanished, led_from))


GAP = Gap(0x1000000, 0x2000000)
CASES = {
    "no key for the newest": (
        with_store(unopened=("older", "newest")),
        [("key_missing", "critical")],
    ),
    "no key for older ones": (with_store(unopened=("older",)), [("key_missing", "warning")]),
    "sampled by policy": (with_store(deciding=None, last_drill=sampled()), []),
    "only sampled for too long": (
        with_store(deciding=None, last_drill=sampled(), proof=drilled("proven", 27 * HOUR)),
        [("not_proven", "warning")],
    ),
    "log stored": (with_log(), []),
    "log behind": (with_log(timedelta(seconds=301)), [("wal_behind", "warning")]),
    "log far behind": (with_log(timedelta(seconds=601)), [("wal_behind", "critical")]),
    "no log yet": (with_log(None), [("wal_behind", "warning")]),
    "log missing after the newest backup": (with_log(lost=(GAP,)), [("wal_gap", "critical")]),
    "log without a backup": (with_log(led_from=None), [("wal_gap", "warning")]),
    "log vanished before it": (with_log(vanished=(GAP,)), [("wal_gap", "warning")]),
    "good": (GOOD, []),
    "wrong verdict": (
        replace(GOOD, judgement=judged(Verdict.EMPTY)),
        [("verdict", "critical")],
    ),
    "no verdict": (
        replace(GOOD, judgement=None, judgement_problem=ServerError("it is away.", next_step="x")),
        [("verdict", "critical")],
    ),
    "store away": (
        replace(GOOD, store=None, store_problem=StorageError("no disk.", next_step="mount it")),
        [("store_unreachable", "critical")],
    ),
    "missing": (with_store(missing=("a", "b")), [("backup_missing", "critical")]),
    "damaged": (with_store(damaged=("a", "b")), [("backup_damaged", "critical")]),
    "failed": (failed("backup"), [("backup_failed", "critical")]),
    "failed before the newest": (failed("backup", 2 * HOUR), []),
    "drill failed": (
        with_store(deciding=drilled("failed"), last_drill=drilled("failed")),
        [("drill_failed", "critical")],
    ),
    "at the limit": (with_store(newest=backup(26 * HOUR)), []),
    "old": (with_store(newest=backup(27 * HOUR)), [("backup_old", "warning")]),
    "very old": (with_store(newest=backup(53 * HOUR)), [("backup_old", "critical")]),
    "none": (
        with_store(newest=None, deciding=None, last_drill=None, proof=None),
        [("backup_old", "critical")],
    ),
    "proof old": (with_store(proof=drilled("proven", 27 * HOUR)), [("not_proven", "warning")]),
    "proof very old": (
        with_store(proof=drilled("proven", 53 * HOUR)),
        [("not_proven", "critical")],
    ),
    "never proven": (
        with_store(deciding=None, last_drill=None, proof=None),
        [("not_proven", "warning")],
    ),
    "inconclusive": (
        with_store(deciding=None, last_drill=drilled("inconclusive")),
        [("drill_inconclusive", "warning")],
    ),
    "inconclusive after a proof": (with_store(last_drill=drilled("inconclusive")), []),
    "surroundings good": (replace(GOOD, surroundings=Surroundings()), []),
    "a danger around it": (
        replace(GOOD, surroundings=Surroundings((DANGER,))),
        [("audit_finding", "warning")],
    ),
    "surroundings unread": (
        replace(GOOD, surroundings=Surroundings(problem=AuditError("Gone.", next_step="look"))),
        [("audit_finding", "warning")],
    ),
    "nothing removed": (failed("prune"), [("prune_failed", "warning")]),
    "drill impossible": (failed("drill"), [("drill_inconclusive", "warning")]),
    "drill impossible, then made": (failed("drill", 2 * HOUR), []),
    "protection gone": (
        replace(GOOD, judgement=judged(Verdict.MATCH, "protection_missing")),
        [("protection_missing", "critical")],
    ),
    "protection weaker": (
        replace(GOOD, judgement=judged(Verdict.MATCH, "protection_weakened")),
        [("protection_weakened", "critical")],
    ),
    "protection of an older strongroom": (
        replace(GOOD, judgement=judged(Verdict.MATCH, "protection_outdated")),
        [("protection_weakened", "warning")],
    ),
    "never protected": (
        replace(GOOD, protected=False, judgement=judged(Verdict.MATCH, "protection_missing")),
        [],
    ),
    "no room for the next": (
        with_store(newest=backup(size_bytes=50 * 10**9)),
        [("store_full", "critical")],
    ),
    "nearly full": (with_store(free_bytes=9 * 10**9), [("store_full", "warning")]),
    "no limit": (with_store(free_bytes=None, total_bytes=None), []),
    "backups of the future": (with_store(ahead=("b",)), [("clock_jumped", "warning")]),
    "clock set": (jumped(HOUR), [("clock_jumped", "warning")]),
    "clock set long ago": (jumped(25 * HOUR), []),
}


@pytest.mark.parametrize("case", CASES)
def test_each_condition_holds_exactly_when_it_should(case: str) -> None:
    facts, expected = CASES[case]
    conditions = evaluate(facts)
    assert told(conditions) == expected
    assert all(
        one.next_step and one.message and one.subject == "shop/production"
        for one in conditions.holding
    )


@pytest.mark.parametrize(
    ("age", "limit_s", "told"),
    [
        (27 * HOUR, 26 * 3600, "27 h old, and the limit is 26 h"),
        (100 * HOUR, 26 * 3600, "4.17 days old, and the limit is 26 h"),
        (HOUR, 90, "60 min old, and the limit is 90 s"),
    ],
)
def test_ages_are_told_in_units_that_people_read(age: timedelta, limit_s: int, told: str) -> None:
    policy = replace(POLICY, backup_age_max_s=limit_s)
    facts = replace(with_store(newest=backup(age)), policy=policy)
    assert evaluate(facts).holding[0].message == f"The newest backup newest is {told}."


@pytest.mark.parametrize(("limit_bytes", "fills"), [(None, True), (4 << 30, False)])
def test_a_log_that_is_behind_tells_of_a_server_whose_disk_it_may_fill(
    limit_bytes: int | None, *, fills: bool
) -> None:
    facts = with_log(timedelta(seconds=301))
    assert facts.log is not None
    receiver = Standing(NOW, "failing", "life", 1, limit_bytes=limit_bytes, problem="No room.")
    log = replace(facts.log, figures=replace(facts.log.figures, receiver=receiver))
    (notice,) = evaluate(replace(facts, log=log)).holding
    assert "No room." in notice.message
    assert ("max_slot_wal_keep_size" in notice.message) is fills


def test_every_kind_of_condition_is_tried() -> None:
    assert {kind for _, expected in CASES.values() for kind, _ in expected} == set(KINDS)


def test_what_cannot_be_seen_is_unknown_and_never_good() -> None:
    facts = CASES["store away"][0]
    assert evaluate(facts).unknown == set(OF_THE_STORE)
    away = CASES["no verdict"][0]
    assert evaluate(away).unknown == set(OF_THE_DATABASE)
    unread = replace(GOOD, judgement=judged(Verdict.MATCH, "protection_unknown"))
    assert evaluate(unread).unknown == set(OF_THE_DATABASE)
    assert not any(evaluate(one).good for one in (facts, away, unread))
    assert evaluate(GOOD).good
    never = replace(unread, protected=False)
    assert evaluate(never).good, "nobody wanted a protection"


def test_the_gravest_comes_first_and_among_equals_the_most_important() -> None:
    facts = replace(
        with_store(
            newest=backup(27 * HOUR),
            missing=("a",),
            deciding=drilled("failed"),
            proof=None,
            free_bytes=10**9,
        ),
        judgement=judged(Verdict.SHRUNK),
    )
    assert [kind for kind, _ in told(evaluate(facts))] == [
        "verdict",
        "backup_missing",
        "drill_failed",
        "backup_old",
        "store_full",
        "not_proven",
    ]


def test_a_condition_keeps_its_fingerprint_while_its_words_change() -> None:
    (now,), (later,) = (
        evaluate(with_store(newest=backup(age))).holding for age in (27 * HOUR, 60 * HOUR)
    )
    assert now.message != later.message
    assert now.fingerprint == later.fingerprint
    elsewhere = replace(with_store(newest=backup(27 * HOUR)), environment="staging")
    assert evaluate(elsewhere).holding[0].fingerprint != now.fingerprint
