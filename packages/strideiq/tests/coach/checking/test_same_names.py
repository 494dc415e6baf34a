"""Where several runs have one name, a figure is told of the one that the days beside it tell."""

from __future__ import annotations

from datetime import date

import pytest

from strideiq.coach.checking.checker import Checked, check
from strideiq.coach.checking.evidence import Evidence, Figure, Subject

TODAY = date(2026, 11, 28)
RUNS = {
    "july": (Subject("activity", "july", "Easy run", date(2026, 7, 19)), 17120.0, 150.0),
    "week": (Subject("activity", "week", "Easy run", date(2026, 11, 15)), 20110.0, 140.0),
    "last": (Subject("activity", "last", "Easy run", date(2026, 11, 22)), 13570.0, 138.0),
}
EVIDENCE = Evidence(
    tuple(
        Figure(f"{key}.{quantity}", subject, quantity, value)
        for key, (subject, *values) in RUNS.items()
        for quantity, value in zip(("distance", "heart_rate"), values, strict=True)
    )
)


def judged(*sentences: str) -> Checked:
    return check(sentences, EVIDENCE, TODAY)[-1]


@pytest.mark.parametrize(
    ("sentence", "run"),
    [
        ("On Sunday, “Easy run”: 13.57 km.", "last"),
        ("“Easy run” on 15 November: 20.11 km.", "week"),
        ("On 19 July, “Easy run”: 17.12 km.", "july"),
    ],
)
def test_the_row_that_is_meant_is_the_one_that_is_cited(sentence: str, run: str) -> None:
    found = judged(sentence)
    assert (found.shown, found.citations) == (True, (f"{run}.distance",))


def test_without_figures_the_row_of_the_day_is_cited() -> None:
    found = judged("In front by its pace: “Easy run” on Sunday.")
    assert found.citations == ("last.distance",)


@pytest.mark.parametrize(
    "sentence",
    [
        "On Sunday, “Easy run”: 20.11 km.",
        "On 15 November, “Easy run”: 13.57 km.",
        "“Easy run” on Sunday: 17.12 km.",
    ],
)
def test_a_figure_of_another_run_of_the_name_is_refused(sentence: str) -> None:
    assert not judged(sentence).shown


@pytest.mark.parametrize(
    "first", ["“Easy run” on Sunday: 13.57 km.", "“Easy run”: 13.57 km.", "On Sunday, “Easy run”."]
)
def test_it_is_the_run_of_the_sentence_before(first: str) -> None:
    assert judged(first, "It had an average heart rate of 138 bpm.").shown
    assert not judged(first, "It had an average heart rate of 140 bpm.").shown
