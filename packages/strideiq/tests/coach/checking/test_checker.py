"""What no row says is never shown, in whatever words; what a row says is, in many."""

from __future__ import annotations

import pytest
from coach_table import TODAY, lines, table

from strideiq.coach.checking.checker import check

EVIDENCE = table()
LIES = (
    *("lies", "held_out_1_lies", "held_out_2_lies", "unseen_lies", "blind_1_lies"),
    *("blind_2_lies", "blind_3_lies", "blind_4_lies", "blind_5_lies"),
    "two_rows_lies",
)
HONEST = ("honest", "two_rows_honest")
HELD_OUT = [
    *("held_out_1_honest.txt", "held_out_2_honest.txt", "held_out_3_honest.txt"),
    *("unseen_honest.txt", "blind_1_honest.txt", "blind_2_honest.txt"),
]


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_never_shown(name: str) -> None:
    told = list(lines(f"{name}.txt"))
    judged = [check(line.sentences, EVIDENCE, TODAY)[-1] for line in told]
    shown = [f"{one.sentence} ({one.citations})" for one in judged if one.shown]
    assert told
    assert not shown, "\n".join(shown)
    assert all(one.why for one in judged)


@pytest.mark.parametrize("name", HONEST)
def test_what_the_rows_say_is_shown(name: str) -> None:
    judged = [check(line.sentences, EVIDENCE, TODAY)[-1] for line in lines(f"{name}.txt")]
    withheld = [f"{one.sentence} ({one.why})" for one in judged if not one.shown]
    assert not withheld, "\n".join(withheld)


def test_the_lies_are_of_sixty_kinds() -> None:
    assert len({line.kind for line in lines("lies.txt")}) >= 60


@pytest.mark.parametrize("name", HELD_OUT)
def test_nineteen_of_twenty_honest_sentences_that_were_held_out_are_shown(name: str) -> None:
    judged = [check(line.sentences, EVIDENCE, TODAY)[-1] for line in lines(name)]
    withheld = [f"{one.sentence} ({one.why})" for one in judged if not one.shown]
    assert len(withheld) <= len(judged) / 20, "\n".join(withheld)


def test_of_sentences_that_nobody_has_worked_on_four_of_five_are_shown() -> None:
    """What a model may expect of its own sentences; the lists above were worked on."""
    unseen = [*lines("blind_3_honest.txt"), *lines("blind_4_honest.txt")]
    unseen += lines("blind_5_honest.txt")
    shown = [check(line.sentences, EVIDENCE, TODAY)[-1].shown for line in unseen]
    assert sum(shown) >= len(unseen) * 4 / 5


def test_a_sentence_cites_the_rows_that_it_rests_on() -> None:
    said = check(["On Sunday you ran 24.3 km at 148 bpm."], EVIDENCE, TODAY)[0]
    assert said.citations == ("a1.distance", "a1.heart_rate")
    assert [row.name for row in said.subjects] == ["Sunday Long"]


def test_a_trend_is_cited() -> None:
    said = check(["Your efficiency has improved over the past four weeks."], EVIDENCE, TODAY)[0]
    assert said.citations == ("t1",)


def test_markup_is_gone_from_what_is_shown() -> None:
    said = check(["- **Sunday Long**: 24.3 km \N{RUNNER}"], EVIDENCE, TODAY)[0]
    assert said.shown
    assert said.sentence == "Sunday Long: 24.3 km"


def test_nothing_is_known_without_evidence() -> None:
    from strideiq.coach.checking.evidence import Evidence

    said = check(["You ran 24.3 km on Sunday.", "Rest well."], Evidence(), TODAY)
    assert [one.shown for one in said] == [False, True]
