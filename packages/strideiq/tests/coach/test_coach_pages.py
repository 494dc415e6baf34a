"""The coach's pages, its address for programs, and what the athlete stated."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from tiny_engines import LIE, TODAY, TOOLS, TRUE, Tiny

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.coach import conversations, facts, turns
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.events import Looked, Said
from strideiq.coach.pictures import picture
from strideiq.coach.pieces import piece_of, plain
from strideiq.coach.shown import look
from strideiq.coach.tools.stated import preferred
from strideiq.coach.tools.tool import Found, Step
from strideiq.platform.formats import Formats
from strideiq.portability import export, tables
from strideiq.portability.bringing_in import bring_in
from strideiq.portability.tables import digest

NewBrowser = Callable[..., Any]
WORDS = "four good words"
COACH_TABLES = {"coach_conversation", "coach_turn", "coach_piece", "coach_fact"}


@pytest.fixture
def runner(new_browser: NewBrowser, sessions: sessionmaker[Session]) -> Any:
    """A browser whose athlete ran 12 km yesterday."""
    browser = new_browser("runner@example.com")
    with sessions.begin() as session:
        activities.record(
            session,
            browser.athlete_id,
            activities.ObservedActivity(
                sport="running",
                name="Hill & 'valley'",
                started_at=datetime.now(UTC) - timedelta(days=1),
                elapsed_s=3700.0,
                moving_s=3600.0,
                distance_m=12000.0,
                streams={
                    "time_s": np.arange(3600.0),
                    "distance_m": np.linspace(0, 12000, 3600),
                },
            ),
            None,
        )
    return browser


def asked(browser: Any, question: str, **data: str) -> Any:
    """Ask as a browser without scripts does, and open the page that it is led to."""
    browser.get("/coach")
    answer = browser.post("/coach/ask", {"question": question, **data})
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"].partition("#")[0])


def test_a_form_is_answered_whole_with_links_to_the_rows(runner: Any) -> None:
    page = asked(runner, "How was my last run?").text
    assert "12.0 km" in page or "12.00 km" in page
    assert "/activities/" in page.partition('id="turns"')[2]
    assert "Hill &amp; &#39;valley&#39;" in page
    assert "'valley'" not in page
    listed = runner.get("/coach/conversations?q=last").text
    assert "How was my last run?" in listed
    assert "Nothing found" in runner.get("/coach/conversations?q=bicycle").text


def test_a_script_hears_of_the_answer_as_it_comes_and_of_its_end(runner: Any) -> None:
    runner.get("/coach")
    headers = {"HX-Request": "true", "X-CSRF-Token": runner.token}
    part = runner.post("/coach/ask", {"question": "How was my last run?"}, headers=headers)
    address = part.headers["HX-Push-Url"]
    assert address.startswith("/coach/conversations/")
    turn_id = part.text.partition('id="turn-')[2].partition('"')[0]
    stream = runner.get(f"/coach/turns/{turn_id}/events").text
    assert "event: piece" in stream
    assert "12" in stream
    assert stream.rstrip().rpartition("event: ")[2].startswith("end")
    last = stream.rpartition("id: ")[2].partition("\n")[0]
    rest = runner.get(f"/coach/turns/{turn_id}/events", headers={"Last-Event-ID": last}).text
    assert "event: piece" not in rest
    assert "event: end" in rest


def test_a_question_that_cannot_be_asked_is_told_where_notices_are(runner: Any) -> None:
    runner.get("/coach")
    headers = {"HX-Request": "true", "X-CSRF-Token": runner.token}
    answer = runner.post("/coach/ask", {"question": "a" * 4001}, headers=headers)
    assert answer.status_code == 422
    assert "4000" in answer.text
    assert "How much did I run" in runner.get("/coach").text


def test_a_conversation_is_renamed_deleted_and_brought_back(runner: Any) -> None:
    page = asked(runner, "How was my last run?").text
    address = page.partition("/rename")[0].rpartition('"')[2]
    runner.post(f"{address}/rename", {"title": "Lake <b>talk</b>"})
    assert "Lake &lt;b&gt;talk" in runner.get(address).text
    gone = runner.post(f"{address}/delete").headers["location"]
    assert "Undo" in runner.get(gone).text
    assert "Lake" not in runner.get("/coach/conversations").text
    refused = runner.post("/coach/ask", {"question": "More?", "conversation_id": address[-36:]})
    assert refused.status_code == 404
    runner.post(f"{address}/restore")
    assert "Lake" in runner.get("/coach/conversations").text
    markdown = runner.get(f"{address}/export.md").text
    assert markdown.startswith("# Lake \\<b\\>talk")
    assert "[Hill & 'valley'](http://" in markdown
    document = runner.get(f"{address}/export.json").json()
    assert document["turns"][0]["answer"][0]["citations"]


def test_what_was_stated_is_kept_corrected_and_taken_back_with_its_history(runner: Any) -> None:
    page = asked(runner, "My max heart rate is 191").text
    assert 'name="words" value="My max heart rate is 191"' in page
    runner.post("/coach/facts", {"words": "My max heart rate is 191"})
    page = runner.get("/coach/facts").text
    assert "counts before what is computed" in page
    assert "Remember this" not in asked(runner, "My max heart rate is 191").text
    address = page.partition('<form method="post" action="/coach/facts/')[2].partition('"')[0]
    runner.post(f"/coach/facts/{address}", {"words": "My max heart rate is 193"})
    assert "Before: My max heart rate is 191" in runner.get("/coach/facts").text
    gone = runner.post(f"/coach/facts/{address}/delete").headers["location"]
    assert "Undo" in runner.get(gone).text
    runner.post(f"/coach/facts/{address}/restore")
    assert "My max heart rate is 193" in runner.get("/coach/facts").text


def test_a_program_asks_with_a_token_and_reads_what_each_sentence_rests_on(runner: Any) -> None:
    runner.get("/preferences/tokens")
    page = runner.post(
        "/preferences/tokens", {"name": "a", "scope": ["coach:ask", "coach:read"]}
    ).text
    token = f"strideiq_{page.partition('strideiq_')[2].partition('<')[0].strip()}"
    headers = {"Authorization": f"Bearer {token}"}
    answer = runner.client.post(
        "/api/v1/coach/ask", json={"question": "How was my last run?"}, headers=headers
    ).json()
    assert answer["state"] == "whole"
    assert answer["withheld"] == []
    cited = [one for said in answer["answer"] for one in said["citations"]]
    assert {one["kind"] for one in cited} == {"activity"}
    address = f"/api/v1/coach/conversations/{answer['conversation_id']}"
    whole = runner.client.get(address, headers=headers).json()
    assert whole["turns"] == [answer]
    listed = runner.client.get("/api/v1/coach/conversations?q=last", headers=headers).json()
    assert [one["conversation_id"] for one in listed] == [answer["conversation_id"]]


def test_what_the_athlete_states_goes_before_what_a_tool_derives(
    engine: Engine, sessions: sessionmaker[Session], athlete_id: UUID
) -> None:
    with sessions.begin() as session:
        facts.state(session, athlete_id, "My max heart rate is 191 bpm.")
        athlete = athletes.athlete_of(session, athlete_id)
        (known,) = facts.facts(session, athlete_id)
    (stated,) = facts.figures_in(known)
    zones = Subject("athlete", "zones", aliases=("your max heart rate",))
    run = Subject("activity", "one", "Lake", TODAY)
    found = Found(
        figures=(
            Figure("derived", zones, "max_heart_rate", 185.0, 1),
            Figure("observed", run, "max_heart_rate", 188.0),
        )
    )
    kept = preferred(found, {"max_heart_rate": stated})
    assert [figure.figure_id for figure in kept.figures] == ["observed", stated.figure_id]
    turn = turns.begin(engine, athlete, "What is my max heart rate?")
    own, derived = "Your max heart rate is 191 bpm.", "Your max heart rate is 185 bpm."
    events = list(turn.events(sessions, turns.Coach([Tiny(own, derived)], TOOLS), TODAY))
    (said,) = (event for event in events if isinstance(event, Said))
    assert said.sentence == own
    assert said.citations[0].subject.kind == "fact"


def test_conversations_come_out_and_in_byte_for_byte(
    engine: Engine,
    sessions: sessionmaker[Session],
    other_engine: Engine,
    athlete_id: UUID,
    tmp_path: Any,
) -> None:
    with sessions.begin() as session:
        facts.state(session, athlete_id, "I only run in the morning („früh“).")
        athlete = athletes.athlete_of(session, athlete_id)
    for question in ("How was it?", "Und dann?\n\tWirklich?"):
        turn = turns.begin(engine, athlete, question)
        list(turn.events(sessions, turns.Coach([Tiny(TRUE, LIE)], TOOLS), TODAY))
    turns.begin(engine, athlete, "Never answered").close()
    path = tmp_path / "account.zip"
    path.write_bytes(b"".join(export.streamed(sessions, athlete)))
    elsewhere = sessionmaker(other_engine)
    with elsewhere.begin() as session, path.open("rb") as file:
        new = athletes.create(
            session, email="new@example.com", name="N", password="four good words"
        )
        bring_in(session, new.athlete_id, file)
    of_coach = [one for one in tables.exported() if one.name in COACH_TABLES]
    assert len(of_coach) == len(COACH_TABLES)
    with sessions() as here, elsewhere() as there:
        for table in of_coach:
            columns = tables.columns_of(table)
            before = digest(here, athlete_id, table, columns)
            assert before.rows
            assert digest(there, new.athlete_id, table, columns) == before
        found = conversations.listed(there, new.athlete_id, "wirklich")
    assert [one.questions for one in found] == [1]


def test_the_tables_of_looks_are_in_the_units_of_the_athlete() -> None:
    looked = {
        "tool": "recent_runs",
        "arguments": {"sport": "running", "whole": False},
        "rows": plain([{"activity_id": UUID(int=1), "name": "Lake", "day": TODAY,
                        "distance_m": 16093.44, "pace_s_per_km": 300.0}]),
        "columns": ["activity_id", "name", "day", "distance_m", "pace_s_per_km"],
        "missing": "",
        "cut_off": False,
    }  # fmt: skip
    shown = look(json.loads(json.dumps(looked)), Formats("imperial"))
    (table,) = shown.tables
    assert [cell.text for cell in table.head] == ["Name", "Day", "Distance", "Pace"]
    (row,) = table.rows
    assert [cell.text for cell in row] == ["Lake", "22 Nov 2026", "10.00 mi", "8:03 /mi"]
    assert row[0].address == f"/activities/{UUID(int=1)}"


def test_weeks_are_drawn_as_bars_and_too_few_days_not_at_all() -> None:
    def weeks(count: int) -> dict[str, Any]:
        subjects = [
            Subject("week", str(week), first_day=TODAY - timedelta(weeks=week))
            for week in range(count)
        ]
        found = Found(
            tuple(
                Figure(f"{week}", subject, "distance", 40_000.0 + 1000 * week)
                for week, subject in enumerate(subjects)
            )
        )
        looked = piece_of(Looked(Step("totals", {}, found)))
        assert looked is not None
        return looked[1]

    drawn = picture(weeks(8))
    assert drawn is not None
    assert (drawn.kind, len(drawn.marks), drawn.low, drawn.high) == (
        "bars",
        8,
        "40.00 km",
        "47.00 km",
    )
    heights = [mark.height for mark in drawn.marks]
    assert heights == sorted(heights, reverse=True)
    assert picture(weeks(3)) is None


def test_a_course_is_drawn_by_its_days_and_ends_where_nothing_is_known() -> None:
    def looked(rows: list[tuple[Subject, float]], quantity: str) -> dict[str, Any]:
        figures = (Figure(f"{n}", *row) for n, row in enumerate((s, quantity, v) for s, v in rows))
        piece = piece_of(Looked(Step("mornings", {}, Found(tuple(figures)))))
        assert piece is not None
        return dict(piece[1])

    days = [0, 1, 2, 3, 20, 21, 22]
    mornings = [
        (Subject("check_in", f"{day}", first_day=TODAY + timedelta(days=day)), 0.05 + day / 1000)
        for day in days
    ]
    drawn = picture(looked(mornings, "hrv"))
    assert drawn is not None
    assert (drawn.kind, drawn.name) == ("dots", "HRV")
    assert [len(line.split()) for line in drawn.lines] == [4, 3]
    steps = [after.x - before.x for before, after in pairwise(drawn.marks)]
    assert steps[3] == pytest.approx(17 * steps[0])
    assert [tick.text for tick in drawn.ticks] == [drawn.low, drawn.high] == ["50 ms", "72 ms"]
    bests = [
        (Subject("best_effort", f"{n}", first_day=TODAY + timedelta(days=n), address=f"/bests/{n}"),
         60.0 * n)
        for n in range(1, 7)
    ]  # fmt: skip
    assert picture(looked(bests, "duration")) is None
