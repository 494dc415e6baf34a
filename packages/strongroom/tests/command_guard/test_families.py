"""Each family of knowledge holds what its own cases say."""

from __future__ import annotations

from types import ModuleType

import pytest

from strongroom.command_guard.knowledge import FAMILIES

from .conftest import judged


def cases(family: ModuleType, name: str) -> list[str]:
    return str(getattr(family, name)).strip().splitlines()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.__name__.rpartition(".")[2])
def test_dangerous_cases_are_refused_and_safe_ones_are_not(family: ModuleType) -> None:
    assert len(cases(family, "DANGEROUS")) >= 10
    assert len(cases(family, "SAFE")) >= 10
    passed = [one for one in cases(family, "DANGEROUS") if judged(one).allowed]
    refused = [one for one in cases(family, "SAFE") if not judged(one).allowed]
    assert (passed, refused) == ([], [])


def test_each_rule_has_a_name_of_its_own() -> None:
    names = [rule.name for family in FAMILIES for rule in family.RULES]
    assert len(names) == len(set(names))
