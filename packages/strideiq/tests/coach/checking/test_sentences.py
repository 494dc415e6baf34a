"""A text in pieces becomes the same sentences wherever it was cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strideiq.coach.checking.sentences import LENGTH_MAX, Sentences, sentences

TEXTS: list[tuple[str, list[str]]] = [
    ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
    ("You ran 24.3 km. It was good.", ["You ran 24.3 km.", "It was good."]),
    ("It took 5:30 min. on average.", ["It took 5:30 min. on average."]),
    ("It took 5:30 min. You rested.", ["It took 5:30 min.", "You rested."]),
    ("On 22. November you ran.", ["On 22. November you ran."]),
    ("Your form is 22. You are tired.", ["Your form is 22.", "You are tired."]),
    ("Eat well, e.g. Rice. Rest.", ["Eat well, e.g. Rice.", "Rest."]),
    ("On Nov. 22 you ran. Well done!", ["On Nov. 22 you ran.", "Well done!"]),
    (
        "# Week\n\n- Sunday: 8 km\n- Tuesday: 5 km\n",
        ["# Week", "- Sunday: 8 km", "- Tuesday: 5 km"],
    ),
    ("1. First run. It was long.\n2. Second", ["1. First run.", "It was long.", "2. Second"]),
    ("| Run | km |\n|---|---|\n| Loop | 8 |\n", ["| Run | km |", "| Loop | 8 |"]),
    (
        'Your run "Why not? Because" was fine. Rest.',
        ['Your run "Why not? Because" was fine.', "Rest."],
    ),
    ("**Good.** Now rest. (Really.) Yes.", ["**Good.**", "Now rest.", "(Really.)", "Yes."]),
    ("Wait... what? No.", ["Wait... what?", "No."]),
    ("```\ncode\n```\n---\nEnd.", ["code", "End."]),
    ("A\r\nB\rC", ["A", "B", "C"]),
    ("", []),
    (" \n \n", []),
]


@pytest.mark.parametrize(("text", "whole"), TEXTS)
def test_a_text_is_split_where_its_sentences_end(text: str, whole: list[str]) -> None:
    assert list(sentences([text])) == whole


@given(st.sampled_from(TEXTS), st.lists(st.integers(1, 7), max_size=60))
def test_where_the_pieces_are_cut_changes_nothing(
    case: tuple[str, list[str]], lengths: list[int]
) -> None:
    text, whole = case
    text = text.replace("\r\n", "\n")
    pieces, place = [], 0
    for length in lengths:
        pieces.append(text[place : place + length])
        place += length
    assert list(sentences([*pieces, text[place:]])) == whole


def test_a_sentence_is_given_as_soon_as_it_is_whole() -> None:
    stream = Sentences()
    assert list(stream.take("You ran well. ")) == []
    assert list(stream.take("N")) == ["You ran well."]
    assert list(stream.rest()) == ["N"]


@given(st.text(max_size=300), st.integers(1, 40))
def test_no_text_breaks_it_and_no_letter_is_lost(text: str, length: int) -> None:
    pieces = [text[place : place + length] for place in range(0, len(text), length)]
    found = "".join(sentences(pieces))
    assert [one for one in found if one.isalnum()] == [one for one in text if one.isalnum()]


def test_a_text_without_an_end_is_given_up_at_a_length() -> None:
    assert len(next(Sentences().take("a" * (LENGTH_MAX + 5)))) == LENGTH_MAX
