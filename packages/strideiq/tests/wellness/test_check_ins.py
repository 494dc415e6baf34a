from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from strideiq.wellness import check_ins, table
from strideiq.wellness.fields import KG_PER_POUND, CheckInError

DAY = date(2026, 3, 1)
HTMX = {"HX-Request": "true"}


def test_what_was_said_first_is_kept_when_it_is_said_otherwise(
    session: Session, athlete_id: UUID
) -> None:
    for typed in ("7", "7:30", "6,5"):
        check_ins.say(session, athlete_id, DAY, "sleep_h", typed)
    assert check_ins.day_of(session, athlete_id, DAY)["sleep_h"].value == 6.5
    told = check_ins.history(session, athlete_id, DAY)
    assert [(one.version, one.value) for one in told] == [(3, 6.5), (2, 7.5), (1, 7.0)]


def test_what_is_said_already_makes_no_version(session: Session, athlete_id: UUID) -> None:
    for _ in range(2):
        check_ins.say(session, athlete_id, DAY, "mood", "4")
    assert len(check_ins.history(session, athlete_id, DAY)) == 1


def test_undo_says_what_was_said_before_and_can_be_undone(
    session: Session, athlete_id: UUID
) -> None:
    first = check_ins.say(session, athlete_id, DAY, "mood", "4")
    second = check_ins.say(session, athlete_id, DAY, "mood", "2")
    undone = check_ins.undo(session, athlete_id, DAY, "mood", second.version)
    assert undone.value == first.value
    again = check_ins.undo(session, athlete_id, DAY, "mood", undone.version)
    assert again.value == 2
    with pytest.raises(CheckInError, match="since"):
        check_ins.undo(session, athlete_id, DAY, "mood", second.version)


def test_undo_of_the_first_thing_said_takes_it_back(session: Session, athlete_id: UUID) -> None:
    said = check_ins.say(session, athlete_id, DAY, "hrv_ms", "61")
    assert check_ins.undo(session, athlete_id, DAY, "hrv_ms", said.version).value is None
    assert check_ins.days(session, athlete_id) == {}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("sleep_h", "25"),
        ("sleep_h", "7:75"),
        ("sleep_h", "-1"),
        ("resting_heart_rate_bpm", "0"),
        ("resting_heart_rate_bpm", "65535"),
        ("hrv_ms", "nan"),
        ("hrv_ms", "inf"),
        ("weight_kg", "7"),
        ("mood", "6"),
        ("mood", "2.5"),
        ("mood", "good"),
        ("height", "180"),
        ("notes", "x" * 2001),
    ],
)
def test_a_value_that_no_day_can_have_changes_nothing(
    session: Session, athlete_id: UUID, field: str, typed: str
) -> None:
    with pytest.raises(CheckInError) as refused:
        check_ins.say(session, athlete_id, DAY, field, typed)
    assert refused.value.next_step
    assert check_ins.history(session, athlete_id, DAY) == []


@pytest.mark.parametrize("day", [date(1949, 12, 31), date.max, date(3026, 1, 1)])
def test_a_day_that_has_not_come_cannot_be_told_of(
    session: Session, athlete_id: UUID, day: date
) -> None:
    with pytest.raises(CheckInError):
        check_ins.say(session, athlete_id, day, "mood", "3")


def test_the_resting_heart_rate_is_the_middle_of_the_newest_weeks(
    session: Session, athlete_id: UUID
) -> None:
    assert check_ins.resting_heart_rate_bpm(session, athlete_id) is None
    for age, rate in ((0, "48"), (1, "50"), (2, "47"), (60, "80")):
        day = DAY - timedelta(days=age)
        check_ins.say(session, athlete_id, day, "resting_heart_rate_bpm", rate)
    assert check_ins.resting_heart_rate_bpm(session, athlete_id) == 48


def test_one_tap_saves_itself_and_is_undone_in_place(browser: Any) -> None:
    browser.get("/wellness")
    address = f"/wellness/days/{DAY}"
    answer = browser.post(f"{address}/say", {"field": "mood", "value": "4"}, headers=HTMX)
    assert "saved" in answer.text
    assert "<html" not in answer.text
    assert '"version": "1"' in answer.text
    assert 'value="4.0" checked' in browser.get(address).text
    undone = browser.post(f"{address}/undo", {"field": "mood", "version": "1"}, headers=HTMX).text
    assert 'id="ask-mood"' in undone
    assert "checked" not in undone
    page = browser.get(f"{address}/history").text
    assert "taken back" in page


def test_an_impossible_value_is_answered_in_words_beside_its_field(browser: Any) -> None:
    browser.get("/wellness")
    answer = browser.post(
        f"/wellness/days/{DAY}/say", {"field": "hrv_ms", "value": "9000"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "between 3 and 300 ms" in answer.text
    assert "<html" not in answer.text


def test_check_ins_work_without_javascript(browser: Any) -> None:
    browser.get("/wellness")
    answer = browser.post(f"/wellness/days/{DAY}/say", {"field": "sleep_h", "value": "7.25"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/wellness/days/{DAY}")
    assert "7.25" in browser.get(f"/wellness/days/{DAY}").text


def test_weights_are_read_in_the_athletes_units(new_browser: Any, session: Session) -> None:
    browser = new_browser("miles@example.com", units="imperial")
    browser.get("/wellness")
    browser.post(f"/wellness/days/{DAY}/say", {"field": "weight_kg", "value": "150"})
    said = check_ins.day_of(session, browser.athlete_id, DAY)["weight_kg"].value
    assert said == pytest.approx(150 * KG_PER_POUND, abs=0.01)
    assert 'value="150"' in browser.get(f"/wellness/days/{DAY}").text


def test_another_athlete_sees_and_changes_nothing_of_a_day(new_browser: Any) -> None:
    robin, other = new_browser("robin@example.com"), new_browser("other@example.com")
    robin.post(f"/wellness/days/{DAY}/say", {"field": "notes", "value": "my secret"})
    other.post(f"/wellness/days/{DAY}/say", {"field": "notes", "value": "mine"})
    answer = other.post(f"/wellness/days/{DAY}/undo", {"field": "notes", "version": "2"})
    assert answer.status_code == 422
    for address in ("", "/history"):
        assert "my secret" not in other.get(f"/wellness/days/{DAY}{address}").text
    assert "my secret" not in other.get("/wellness/check-ins.csv").text
    assert "my secret" in robin.get(f"/wellness/days/{DAY}").text


def test_a_table_comes_in_again_as_it_went_out(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    notes = '=1+1, "quoted"\nand a second line'
    for number in range(3):
        day = DAY + timedelta(days=number)
        check_ins.say(session, athlete_id, day, "sleep_h", f"{6 + number}.25")
        check_ins.say(session, athlete_id, day, "weight_kg", "71.3")
        check_ins.say(session, athlete_id, day, "notes", notes)
    text = "".join(table.write(session, athlete_id))
    assert "\n=1+1" not in text
    assert '"=1+1' not in text, "no sheet takes a note for a formula"
    brought = table.bring(session, other_athlete_id, text.encode())
    assert (brought.days, brought.values, brought.wrong_count) == (3, 9, 0)
    assert check_ins.days(session, other_athlete_id) == check_ins.days(session, athlete_id)
    again = table.bring(session, other_athlete_id, text.encode())
    assert (again.values, again.unchanged) == (0, 9)


def test_lines_that_cannot_be_used_are_told_and_the_others_come_in(
    session: Session, athlete_id: UUID
) -> None:
    lines = ["day,mood,else", "2026-03-01,4,x", "2026-02-30,4,x", "2026-03-02,9,x", "3026-01-01,4,"]
    brought = table.bring(session, athlete_id, "\n".join(lines).encode())
    assert (brought.values, brought.wrong_count) == (1, 3)
    assert brought.wrong[0].startswith("Line 3: ")
    assert check_ins.history(session, athlete_id, DAY)[0].origin == "file"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2", b"day\n2026-01-01", b'"'])
def test_what_is_no_table_changes_nothing(
    session: Session, athlete_id: UUID, content: bytes
) -> None:
    with pytest.raises(CheckInError, match="no table"):
        table.bring(session, athlete_id, content)
