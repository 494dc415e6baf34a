"""The report of an incident says what the record shows, and no more than that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from strongroom.backups import take
from strongroom.cli import strongroom
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.errors import RefusedError
from strongroom.identity import init, open_database
from strongroom.ledger import Entry, Ledger, ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.report.incident import as_markdown, as_page, episodes, tell_incident
from strongroom.server.supervisor import Supervisor

FACTS = {
    "athlete": 1,
    "activity": 363,
    "activity_split": 1_381,
    "personal_best": 6,
    "training_plan": 2,
    "planned_workout": 224,
    "daily_checkin": 0,
    "nutrition_entry": 0,
}
"""Rows at risk in the incident that this project exists for."""
REFUSED = {"verdict": "empty", "message": "Nothing is there.", "fingerprint": "f"}


def recorded(directory: Path, *acts: tuple[str, dict[str, object]]) -> list[Entry]:
    ledger = Ledger(directory / "ledger.jsonl", None)
    for kind, details in acts:
        ledger.record(kind, **details)
    return list(ledger.entries())


def led_astray(home: Configuration) -> Path:
    """As in the founding incident: another name, and so a new and empty place for the data."""
    assert home.server is not None
    data = home.server.data_directory
    aside = data.with_name("data-of-another-name")
    data.rename(aside)
    Supervisor(home.server).initialise(durable=False)
    return aside


@pytest.fixture
def coach(tmp_path: Path) -> Configuration:
    """The founding incident's database, with its numbers of rows, and one backup of it."""
    home = tmp_path / "home"
    home.mkdir()
    text = default_document(application="coach", environment="production", database="coach")
    (home / CONFIGURATION_NAME).write_text(f'{text}\n[backup]\nmethod = "logical"\n')
    configuration = load(home / CONFIGURATION_NAME)
    init(configuration)
    with open_database(configuration) as database:
        with connect(database.conninfo("migrator"), autocommit=True) as connection:
            connection.execute("SET ROLE coach_owner")
            for table, rows in FACTS.items():
                connection.execute(
                    f"CREATE TABLE public.{table} AS "
                    f"SELECT n AS id, 'kept' AS what FROM generate_series(1, {rows}) n"
                )
        take(configuration, database)
    return configuration


def test_the_founding_incident_is_told_from_its_record(
    coach: Configuration, tmp_path: Path
) -> None:
    assert coach.server is not None
    aside = led_astray(coach)
    for _ in range(3):  # whoever runs it starts it again and again
        with pytest.raises(RefusedError), open_database(coach):
            pass
    unresolved = tell_incident(coach)
    assert unresolved is not None
    assert unresolved.state == "going on"
    assert "no database that matches yet" in unresolved.summary
    assert {one.outcome for one in unresolved.tables} == {"unknown"}
    assert any(one.kind == "verdict" for one in unresolved.remains)

    coach.server.data_directory.rename(tmp_path / "the-new-one")
    aside.rename(coach.server.data_directory)
    recorded_before = coach.ledger_path.read_bytes()
    looked_at = tell_incident(coach)
    assert looked_at is not None
    assert looked_at.state == "going on", "nobody has opened it yet"
    assert coach.ledger_path.read_bytes() == recorded_before, "who reports records nothing"
    with open_database(coach) as database:
        take(coach, database)
    asked = ["--config", str(coach.path), "report"]
    told = json.loads(CliRunner().invoke(strongroom, [*asked, "--json"]).stdout)
    assert (told["incident"], told["incidents"], told["state"]) == (1, 1, "over")
    assert told["summary"] == (
        "1,977 rows in 6 tables were at risk; every one is there again, with the same content."
    )
    rows = {one["table"]: one for one in told["tables"]}
    assert {name: one["rows_before"] for name, one in rows.items()} == {
        f"public.{table}": count for table, count in FACTS.items()
    }
    assert {name: one["rows_now"] for name, one in rows.items()} == {
        name: one["rows_before"] for name, one in rows.items()
    }
    assert {one["rows_found"] for one in rows.values()} == {0}
    assert {(one["outcome"], one["content"]) for one in rows.values()} == {
        ("recovered", "identical")
    }
    (refusal,) = [one for one in told["timeline"] if "Refused" in one["what"]]
    assert "3 times" in refusal["what"], "a start that is repeated is one line"
    primary = told["primary_cause"]
    assert "empty and is not its own" in primary["what"]
    assert any("system identifier" in one for one in primary["evidence"])
    causes = [one["what"] for one in told["contributing_causes"]]
    assert causes == ["No backup had been proven by a restore.", "No guards stood in the database."]
    assert ["matched again" in one["what"] for one in told["done"]] == [True, False]
    assert told["record"] == []
    shown = CliRunner().invoke(strongroom, asked).stdout
    assert "| public.activity\\_split | recovered | 1,381 | 0 | 1,381 | identical |" in shown


def test_the_page_is_written_once(sample: Configuration, tmp_path: Path) -> None:
    ledger_of(sample).record("refused", **REFUSED)
    page = tmp_path / "incident.html"
    asked = ["--config", str(sample.path), "report", "--page", str(page)]
    assert CliRunner().invoke(strongroom, asked).exit_code == 0
    assert page.read_text().startswith("<!doctype html>")
    assert CliRunner().invoke(strongroom, asked).exit_code == 1, "nothing is written over"
    assert CliRunner().invoke(strongroom, [*asked[:3], "7"]).exit_code == 1, "there is no such one"


def test_what_the_audit_finds_is_a_contributing_cause(
    sample: Configuration, tmp_path: Path
) -> None:
    compose = tmp_path / "compose.yaml"
    compose.write_text("services: {db: {image: 'postgres:17'}}\n")
    ledger_of(sample).record("refused", **REFUSED)
    asked = ["--config", str(sample.path), "report", "--json", "--audit", str(compose)]
    told = json.loads(CliRunner().invoke(strongroom, asked).stdout)
    evidence = [line for one in told["contributing_causes"] for line in one["evidence"]]
    assert any(line.startswith(f"no-volume in {compose}:") for line in evidence), evidence


def test_without_a_refusal_it_does_not_say_what_was_at_risk(sample: Configuration) -> None:
    ledger_of(sample).record("swap", outcome="done", backup_id="one")
    report = tell_incident(sample)
    assert report is not None
    assert report.summary.startswith("The record does not say what was at risk")
    assert report.tables
    assert {one.at_risk for one in report.tables} == {0}


def test_without_an_incident_it_says_so(sample: Configuration) -> None:
    shown = CliRunner().invoke(strongroom, ["--config", str(sample.path), "report"])
    assert shown.exit_code == 0
    assert "no incident" in shown.stdout


def test_a_changed_record_is_told(sample: Configuration) -> None:
    ledger = ledger_of(sample)
    ledger.record("refused", **REFUSED)
    text = sample.ledger_path.read_text()
    sample.ledger_path.write_text(text.replace("Nothing is there.", "All is well."))
    report = tell_incident(sample)
    assert report is not None
    assert any("was changed after it was recorded" in one for one in report.record)


def test_incidents_are_parted_by_what_ended_them(tmp_path: Path) -> None:
    entries = recorded(
        tmp_path,
        ("init", {}),
        ("backup", {"backup_id": "one"}),
        ("refused", REFUSED),
        ("swap", {"outcome": "taken_back"}),
        ("restore", {"backup_id": "one"}),
        ("swap", {"outcome": "done", "backup_id": "one"}),
        ("drill", {"verdict": "inconclusive"}),
        ("drill", {"verdict": "proven"}),
        ("backup", {"backup_id": "two"}),
        ("restore_aside", {"backup_id": "two"}),
        ("refused", REFUSED),
    )
    first, second, third = episodes(entries)
    assert [one.n for one in first.acts] == [3, 4, 5, 6]
    assert [one.n for one in first.after] == [7, 8]
    assert [one.kind for one in first.before] == ["init", "backup"]
    assert [one.n for one in second.acts] == [10]
    assert third.end is None
    assert third.acts[0].n == 11


def test_what_names_and_messages_hold_is_shown_and_means_nothing(sample: Configuration) -> None:
    ledger_of(sample).record(
        "refused", **{**REFUSED, "message": "<script>alert(1)</script> | # [x](y)"}
    )
    report = tell_incident(sample)
    assert report is not None
    page = as_page(replace(report, subject="<img src=x>"))
    assert "<script" not in page
    assert "<img" not in page
    assert "alert(1)" in page
    assert "\\|" in as_markdown(report)
