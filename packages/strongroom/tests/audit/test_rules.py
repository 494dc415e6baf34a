"""Every rule finds what it is for, and nothing else is found: over files made for the purpose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from audit_cases import FILES, Case, cases

from strongroom.audit import RULES, Finding, Rule, audit

PAGES = Path(__file__).resolve().parents[4] / "docs/reference/audit"
FAMILIES = sorted(one.name for one in FILES.glob("*.txt") if one.name != "resolver.txt")
CASES = {f"{family}-{one.name}": one for family in FAMILIES for one in cases(family)}
COMPOSE_FILES_NEEDED = 60
RULES_NEEDED = 30
# Tried where there is a repository, a pin, or an engine.
ELSEWHERE = {"env-committed", "env-not-ignored", "external-without-pin", "pin-not-mounted"}

Findings = dict[str, tuple[Finding, ...]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """What is found in each case; no repository lies around them."""
    directory = tmp_path_factory.mktemp("cases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CEILING_DIRECTORIES", str(directory.parent))
        return {
            name: audit([case.write(directory / name)]).findings for name, case in CASES.items()
        }


def expected(case: Case) -> tuple[set[str], set[str]]:
    """What must be found, exactly, and what must be noted beside it."""
    worse, _, notes = case.expected.partition("+")
    return set(worse.split()), set(notes.split())


def told(findings: tuple[Finding, ...]) -> tuple[set[str], set[str]]:
    worse = {one.rule for one in findings if one.severity != "note"}
    return worse, {one.rule for one in findings if one.severity == "note"}


@pytest.mark.parametrize("name", CASES)
def test_exactly_what_can_lose_data_is_found(name: str, found: Findings) -> None:
    worse, notes = told(found[name])
    asked, noted = expected(CASES[name])
    assert worse == asked
    assert noted <= notes


def test_recall_is_whole_and_nothing_is_a_false_alarm(found: Findings) -> None:
    hits = misses = alarms = 0
    for name, case in CASES.items():
        asked, noted = expected(case)
        worse, notes = told(found[name])
        hits += len(asked & worse) + len(noted & notes)
        misses += len(asked - worse) + len(noted - notes)
        alarms += len(worse - asked)
    assert (hits / (hits + misses), alarms) == (1.0, 0)


def test_there_are_as_many_files_and_rules_as_promised() -> None:
    composes = [name for case in CASES.values() for name in case.files if "compose" in name]
    assert len(composes) >= COMPOSE_FILES_NEEDED
    assert len(RULES) >= RULES_NEEDED
    asked = {rule for case in CASES.values() for group in expected(case) for rule in group}
    of_engine = {one.name for one in RULES.values() if one.on == "engine"}
    assert set(RULES) - asked - of_engine == ELSEWHERE


def test_a_line_that_several_services_share_is_told_once(found: Findings) -> None:
    told_of = [one.rule for one in found["secrets.txt-one-line-for-three-services"]]
    assert sorted(told_of) == ["default-secret", "weak-secret"]


def words(text: str) -> str:
    return " ".join(text.split())


def section(rule: Rule) -> str:
    """What the rule's page says of it."""
    file, _, anchor = rule.docs.partition("#")
    text = (PAGES / Path(file).name).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^## {anchor}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_each_rule_has_its_reason_and_its_mend_on_a_page(rule: Rule, found: Findings) -> None:
    text = words(section(rule))
    assert text.startswith(f"*{rule.severity}* · {words(rule.judge.__doc__ or '')}")
    assert words(rule.why) in text
    assert text.endswith(f"Fix: {words(rule.fix)}")
    for example in re.findall(r"```\n(.*?)\n```", section(rule), re.DOTALL):
        assert example in lines_found(rule.name, found)


def lines_found(rule: str, found: Findings) -> set[str]:
    """The lines of all cases at which a rule was found."""
    places = {(one.file, one.line) for each in found.values() for one in each if one.rule == rule}
    return {file.read_text().split("\n")[line - 1].strip() for file, line in places}


def test_the_overview_lists_every_rule_and_no_page_tells_of_another() -> None:
    overview = (PAGES / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[([\w-]+)\]\((\w+)\.md#\1\) \| (\w+) \|", overview, re.MULTILINE)
    assert {name: (family, severity) for name, family, severity in listed} == {
        one.name: (one.family, one.severity) for one in RULES.values()
    }
    pages = [path for path in PAGES.glob("*.md") if path.name != "README.md"]
    told = [
        name
        for path in pages
        for name in re.findall(r"^## ([\w-]+)$", path.read_text(), re.MULTILINE)
    ]
    assert sorted(told) == sorted(RULES)
