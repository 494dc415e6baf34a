"""What two rows or two spans say together is shown; the same with anything turned, never."""

from __future__ import annotations

import pytest
from coach_table import Line, lines
from pairs_table import ROWS, TODAY, evidence

from strideiq.coach.checking.checker import Checked, check


def _judged(line: Line) -> Checked:
    return check(line.sentences, evidence(line.kind), TODAY)[-1]


def test_each_kind_of_pair_is_told_rightly_and_wrongly() -> None:
    for name in ("pairs_honest.txt", "pairs_lies.txt"):
        assert {line.kind for line in lines(name)} == {*ROWS}


@pytest.mark.parametrize("name", ["pairs_honest.txt"])
def test_what_a_pair_says_is_shown(name: str) -> None:
    judged = [_judged(line) for line in lines(name)]
    withheld = [f"{one.sentence} ({one.why})" for one in judged if not one.shown]
    assert not withheld, "\n".join(withheld)


@pytest.mark.parametrize("name", ["pairs_lies.txt"])
def test_what_no_pair_says_is_never_shown(name: str) -> None:
    shown = [one.sentence for line in lines(name) if (one := _judged(line)).shown]
    assert not shown, "\n".join(shown)
