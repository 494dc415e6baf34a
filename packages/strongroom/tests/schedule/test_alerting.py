"""From a condition to the person who hears of it, over a real channel, and to its end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.config import load
from strongroom.drills import drill
from strongroom.ledger import ledger_of
from strongroom.schedule import Event, Events, Watcher

Watched = Any
"""``conftest.Watched``; pytest loads that file under a name of its own."""


def test_what_is_wrong_is_told_once_when_the_channel_works_and_again_when_it_is_over(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in watched.environment.items():
        monkeypatch.setenv(name, value)
    path, said = watched.configuration.path, list[Event]()
    good = path.read_text()
    assert drill(watched.configuration).verdict == "proven"

    def look() -> list[str]:
        before = len(watched.alerts)
        (done,) = Watcher([load(path)], Events(said.append)).once()
        assert (done.exit_code, done.outcomes) == (0, ())
        return [one["title"] for one in watched.alerts[before:]]

    path.write_text(good.replace("[policy]", "[policy]\nbackup_age_max_s = 0"))
    watched.sink.status = 500
    assert look() == ["runs/test: backup old"]
    status = json.loads(
        CliRunner().invoke(strongroom, ["--config", str(path), "status", "--json"]).stdout
    )
    assert [one["kind"] for one in status["conditions"]] == ["backup_old"]
    assert status["channels"][0]["name"] == "json 1"
    assert "json 1 failed" in status["channels"][0]["problem"]

    watched.sink.status = 200
    assert look() == ["runs/test: backup old"], "it was not delivered, so it is told again"
    assert look() == []
    path.write_text(good)
    assert look() == ["runs/test: backup old (over)"]
    assert look() == []
    assert watched.pings == [], "nothing ran"

    told = [one.as_json() + one.as_line() for one in said]
    ledger = [json.dumps(one.as_dict()) for one in ledger_of(watched.configuration).entries()]
    state = (watched.configuration.state_cache / "alerts.json").read_text()
    shown = "".join([*told, *ledger, state, json.dumps(status), *capfd.readouterr()])
    assert "secret" not in shown
