"""What a demanding runner asks every day is answered, and no sentence of it is held back."""

from __future__ import annotations

import re

import pytest
from truth_told import TODAY

from strideiq.coach.checking.checker import check
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering.following_up import NEXT
from strideiq.coach.engines.builtin.answering.phrasing import Phrases
from strideiq.coach.engines.builtin.engine import BuiltinEngine
from strideiq.coach.engines.builtin.understanding.understand import understand
from strideiq.coach.engines.door import Question
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import Scope, Toolbox

EARLIER = {"predict": ("predict my half marathon",)}
"""What a suggested question leans on."""


def answer(scope: Scope, text: str) -> list[str]:
    """The sentences of an answer, none of which may be held back."""
    tools = Toolbox(scope, TOOLS)
    sentences = list(BuiltinEngine().answer(Question(text, ()), tools))
    judged = check(sentences, tools.evidence, scope.today)
    assert [(one.sentence, one.why) for one in judged if not one.shown] == []
    return sentences


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("compare my last two long runs", r"(?s)long run.*long run.*In front by its pace"),
        ("am I ready for a marathon?", r"(?s)predicted marathon.*longest run.*What is missing"),
        ("what should I run tomorrow and why", r"teaches the body to last"),
        ("I have a sore knee, can I run?", r"(?s)no diagnosis.*Stop at once.*Knee.*note it"),
        ("my knee hurts, how far did I run this week?", r"(?s)^You ran .*I cannot judge pain"),
        ("what is monotony?", r"(?s)how alike your days are.*your monotony is"),
        ("how many miles did I run last month", r"^You ran [\d.,]+ mi last month"),
        ("wie weit bin ich diese Woche gelaufen?", r"(?s)English only so far.*km this week"),
        ("combien de km j'ai couru cette semaine?", r"English only so far"),
        ("did I run on 2 January?", r"I find no run on that day"),
        ("what is planned on Monday?", r"Nothing is planned"),
        ("what is planned on Tuesday?", r"3 repetitions of 2 km"),
        ("how many runs over 20 km this year?", r"(?s)above that distance.*Lake marathon"),
        ("how many marathons did I run in 2025?", r"15 March 2025, .Lake marathon"),
        ("when did I last run over 25 km?", r"Lake marathon.* on 21 March"),
        ("max heart rate of my marathon in March, what was it?", r"Lake marathon.*peak heart rate"),
        ("how did I do last month?", r"^You ran [\d.,]+ km last month"),
        ("my knee hurts, how do I get faster?", r"(?s)no diagnosis"),
        ("what was my slowest run this year?", r"^Your slowest run this year was .*5:50/km"),
        ("summarise my October", r"(?s)^You ran [\d.,]+ km last month.*September 2026"),
        ("do I need a rest day?", r"(?s)form is \u22124\..*training load.*rest day was.*workout"),
        ("how do I get faster?", r"(?s)no result.*per week.*fitness.*easy pace.*interval pace"),
        (
            "how much did I run in each of the last eight weeks?",
            r"(?s)^This week: .*from 5 October",
        ),
        (
            "average heart rate of easy runs in October",
            r"^Your easy runs last month had an average",
        ),
        ("how many km on sundays", r"^Your Sunday runs in the last 12 weeks: 8 runs"),
        ("which week did i run the most km", r"(?s)^Your biggest week was .*Second: .*Third: "),
        ("km per year", r"(?s)^In 2026: .*In 2025: .*In 2024: "),
        ("when do i usually run", r"(?s)On Thursdays: .*In the morning: 54 runs"),
        (
            "how many days since my last race",
            r"^That was 21 days ago: .3 km on the track. on 7 Nov",
        ),
        ("what did i run before my last race", r"^.Easy run. on 5 November"),
        ("how many rest days last month", r"^Rest days last month: 11 days\."),
        ("longest streak", r"^Your longest streak: \d+ days, from "),
        ("fastest km of my last run", r"The fastest kilometre was kilometre 4 at 5:25/km"),
        ("did i run a negative split in the marathon", r"^No\. .Lake marathon. on 21 March"),
        ("worst night of sleep this month", r"^On Tuesday you slept 5 h 45 min"),
        ("what did i weigh in october", r"^Your weight was 68\.2 kg on average last month"),
        ("did i get any pbs this month", r"^Best 3 km: 11:22, on 7 November\. Ask"),
        ("how did my race go", r"^.3 km on the track. on 7 November"),
        ("how many km left this week", r"^Planned this week: 5 workouts"),
        ("first ever run", r"^Your log begins on 29 November 2023"),
        ("what should i eat before a race", r"^A log cannot tell what to eat"),
        ("coldest run", r"^The weather is no order"),
        ("training load for the last 7 days", r"^Your training load of the last seven days: 265"),
        ("verordnungsausstattungspruefungs" * 5, r"^I did not understand"),
    ],
)
def test_everyday_questions_are_answered_with_what_they_ask_for(
    text: str, says: str, reading_scope: Scope
) -> None:
    assert re.search(says, " ".join(answer(reading_scope, text)))


@pytest.mark.parametrize(("kind", "question"), sorted(NEXT.items()))
def test_what_an_answer_suggests_to_ask_next_is_understood(kind: str, question: str) -> None:
    asked = understand(question, TODAY, EARLIER.get(kind, ()))
    assert asked.kind not in {kind, "unknown", "off_topic"}


def test_a_weekly_review_tells_nothing_twice(reading_scope: Scope) -> None:
    sentences = answer(reading_scope, "give me a weekly review")
    told = [one for one in sentences if re.search(r"\b[\d.]+ km in \d+ runs", one)]
    assert len(told) == len({re.search(r"[\d.]+ km", one)[0] for one in told})  # type: ignore[index]
    assert sum("in motion" in one for one in sentences) == 1


def test_a_name_that_holds_markup_is_not_said_but_its_run_is() -> None:
    say = Phrases(metric=True, today=TODAY)
    assert say.called(Subject("activity", "1", "Morning <b>run</b>")) == "the run"
    assert say.called(Subject("activity", "1", "Morning run")) == "\u201cMorning run\u201d"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("My physio asked about turnover, so what was my cadence on the last run?", "run"),
        ("Work was mad. How far did I run last week, because my watch says 50?", "total"),
        ("I was ill on Monday. My calf hurts, can I run?", "medical"),
        ("how far did my mate Dave run", "others"),
        ("cheers, that is super helpful", "thanks"),
        ("who painted the Mona Lisa?", "off_topic"),
    ],
)
def test_what_stands_beside_a_question_does_not_decide_it(text: str, kind: str) -> None:
    assert understand(text, TODAY).kind == kind
