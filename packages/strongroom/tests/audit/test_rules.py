"""Every rule finds what it is for, and nothing else is found: over files made for the purpose."""

from __future__ import annotations

from pathlib import Path

import pytest
from audit_cases import FILES, Case, cases

from strongroom.audit import RULES, audit

FAMILIES = sorted(one.name for one in FILES.glob("*.txt") if one.name != "resolver.txt")
CASES = [(family, case) for family in FAMILIES for case in cases(family)]
COMPOSE_FILES_NEEDED = 60
RULES_NEEDED = 30


def expected(case: Case) -> tuple[set[str], set[str]]:
    """What must be found, exactly, and what must be noted beside it."""
    worse, _, notes = case.expected.partition("+")
    return set(worse.split()), set(notes.split())


@pytest.fixture(autouse=True)
def no_repository_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


def found(case: Case, directory: Path) -> tuple[set[str], set[str]]:
    findings = audit([case.write(directory)]).findings
    worse = {one.rule for one in findings if one.severity != "note"}
    return worse, {one.rule for one in findings if one.severity == "note"}


@pytest.mark.parametrize(("family", "case"), CASES, ids=[f"{f}-{c.name}" for f, c in CASES])
def test_exactly_what_can_lose_data_is_found(family: str, case: Case, tmp_path: Path) -> None:
    del family
    worse, notes = found(case, tmp_path)
    asked, noted = expected(case)
    assert worse == asked
    assert noted <= notes


def test_recall_is_whole_and_nothing_is_a_false_alarm(tmp_path: Path) -> None:
    hits = misses = alarms = 0
    for _, case in CASES:
        asked, noted = expected(case)
        worse, notes = found(case, tmp_path)
        hits += len(asked & worse) + len(noted & notes)
        misses += len(asked - worse) + len(noted - notes)
        alarms += len(worse - asked)
    recall = hits / (hits + misses)
    assert (recall, alarms) == (1.0, 0)


def test_there_are_as_many_files_and_rules_as_promised() -> None:
    composes = [name for _, case in CASES for name in case.files if "compose" in name]
    assert len(composes) >= COMPOSE_FILES_NEEDED
    assert len(RULES) >= RULES_NEEDED
    told = {rule for _, case in CASES for group in expected(case) for rule in group}
    elsewhere = {"env-committed", "env-not-ignored", "external-without-pin", "pin-not-mounted"}
    assert set(RULES) - told - elsewhere == set()
