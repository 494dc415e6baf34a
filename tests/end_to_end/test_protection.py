"""The running application's own database refuses to lose much at once; a permit lets one act by."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from homes import Answer, Home

import strongroom


def test_mass_deletions_are_refused_and_one_permitted_act_passes(
    demo: Home, tmp_path: Path
) -> None:
    with demo.up() as running:
        assert running.ready["warnings"] == []
        assert running.ready["backup"]["verdict"] == "proven"
    configuration = strongroom.load_configuration(demo.paths / "strongroom.toml")
    with (
        strongroom.open_database(configuration) as database,
        psycopg.connect(**database.conninfo("application"), autocommit=True) as connection,
    ):
        for statement in ("DELETE FROM activity", "UPDATE activity SET name = 'lost'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="strongroom"):
                connection.execute(statement)
        (streams,) = connection.execute("SELECT count(*) FROM activity_stream").fetchall()[0]

    script = tmp_path / "forget_streams.sql"
    script.write_text("DELETE FROM activity_stream;\n")
    effect = f"delete public.activity_stream rows={streams}"
    refused = _granted(demo, effect)
    assert refused.code == 30, "so many rows want a person at a terminal"
    policy = demo.paths / "strongroom.toml"
    allowing = "[permits]\nrows_without_confirmation = 1000000\n"
    without = policy.read_text().replace('"public.best_effort" = "none"', "", 1)
    policy.write_text(without.replace("[permits]\n", allowing, 1))
    lacks = demo.strideiq("configure")
    assert (lacks.code, lacks.document["missing"]) == (5, ["tables.keep.public.best_effort"])
    completed = demo.strideiq("configure", "--apply")
    assert (completed.code, completed.document["applied"]) == (0, True), completed
    assert demo.strideiq("configure").code == 0
    granted = _granted(demo, effect)
    assert granted.code == 0, granted
    permit = granted.document["permit_id"]
    assert demo.strongroom("permit", "run", permit, script).code == 0
    again = demo.strongroom("permit", "run", permit, script)
    assert again.code != 0, again

    check = demo.strongroom("check")
    assert (check.code, check.document["verdict"]) == (0, "match"), check


def _granted(home: Home, effect: str) -> Answer:
    asked = home.strongroom("permit", "ask", effect, "--reason", "tried by a test")
    assert asked.code == 0, asked
    return home.strongroom("permit", "grant", asked.document["id"])


def test_a_weakened_guard_is_told_by_check_and_by_up(demo: Home) -> None:
    configuration = strongroom.load_configuration(demo.paths / "strongroom.toml")
    with (
        strongroom.open_database(configuration) as database,
        psycopg.connect(**database.administrator(), autocommit=True) as connection,
    ):
        connection.execute("SET session_replication_role = replica")
        connection.execute("ALTER EVENT TRIGGER strongroom_drop DISABLE")
    check = demo.strongroom("check")
    assert check.code == 0
    assert [one["code"] for one in check.document["warnings"]] == ["protection_weakened"]
    with demo.up() as running:
        assert [one["code"] for one in running.ready["warnings"]] == ["protection_weakened"]
    assert demo.strongroom("protect").code == 0
    assert demo.strongroom("check").document["warnings"] == []
