"""Each rule has a page, and the page's examples tell the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from strongroom.migrations.lint import RULES, LintContext, Rule, lint

PAGES = Path(__file__).resolve().parents[5] / "docs/reference/lint"
RULES_NEEDED = 35
# Two rules speak only where the server is old, or somebody else holds the transaction.
CONTEXTS = {
    "enum-value-in-transaction": LintContext(in_transaction=False, server_major=11),
    "transaction-control": LintContext(in_transaction=True),
}


def page(rule: Rule) -> str:
    return (PAGES / f"{rule.name}.md").read_text(encoding="utf-8")


def words(text: str) -> str:
    return " ".join(text.split())


def found(rule: Rule, heading: str) -> set[str]:
    (example,) = re.findall(rf"{heading}:\n\n```sql\n(.*?)```", page(rule), re.DOTALL)
    context = CONTEXTS.get(rule.name, LintContext(in_transaction=False))
    return {one.rule for one in lint(example, context=context)}


def test_there_are_as_many_rules_as_promised() -> None:
    assert len(RULES) >= RULES_NEEDED


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_has_a_page_with_its_reason_and_what_to_do_instead(rule: Rule) -> None:
    text = words(page(rule))
    assert text.startswith(f"# {rule.name} *{rule.severity}*")
    assert words(rule.why) in text
    assert words(rule.instead) in text


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_the_first_example_of_a_page_is_found_and_the_second_is_not(rule: Rule) -> None:
    assert rule.name in found(rule, "Found")
    assert rule.name not in found(rule, "Not found")


def test_the_overview_lists_every_rule_and_no_page_is_left_over() -> None:
    listed = set(re.findall(r"\| \[([\w-]+)\]\(\1\.md\)", (PAGES / "README.md").read_text()))
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert listed == set(RULES) == pages
