"""The founding incident, step by step, with the report's own figures.

07:51 somebody runs Compose in a directory that was renamed. 07:52 the application connects to a
new, empty volume, and its migrations make a fresh schema there. 08:00 the athlete's account is
gone. It took until 08:50 to find the old volume by hand.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from docker_table import FOUNDING, OnDocker, kept
from engine import Engine
from relative import relations, told
from stack import Stack
from stand_in import REPORTED
from waiting import connected
from way_back import follow
from world import World, missing_rows, rows_at

from strongroom.identity import Verdict

RENAME = "docker-compose down; cd ..; mv runningapp strideiq; cd strideiq; docker-compose up -d"
OLD, NEW = "runningapp_postgres_data", "strideiq_postgres_data"


def renamed(engine: Engine, world: World, directory: Path) -> Stack:
    """The stack as it was on that morning, after the directory got its new name."""
    stack = Stack.made(engine, directory / "runningapp")
    world.give_home(stack.directory)
    world.place(stack)
    stack.run("docker-compose up -d")
    connected(stack.address()).close()
    assert stack.start("--guarded").document == REPORTED
    stack.run(RENAME)
    connected(stack.address()).close()
    return stack


def test_a_renamed_directory_costs_no_row_and_no_fifty_minutes(
    engine: Engine,
    worlds: Mapping[str, World],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    world = worlds["production"]
    # As it was: a new volume, a fresh schema, nobody who may sign in, and the old volume unseen.
    stack = renamed(engine, world, tmp_path / "without")
    assert set(stack.start().document.values()) == {0}
    lost = missing_rows(world.rows, rows_at(stack.address()))
    assert lost == {name: rows for name, rows in REPORTED.items() if rows}
    assert {OLD, NEW} <= set(engine.docker("volume", "ls", "-q").split())
    engine.clear()

    # With the gate: refused before migrations have made anything.
    stack = renamed(engine, world, tmp_path / "with")
    begun = relations(stack.address())
    refused = stack.start("--guarded")
    assert refused.code == Verdict.EMPTY.exit_code
    assert relations(stack.address()) == begun

    # The way back: what is printed, and nothing else.
    started = time.monotonic()
    judged = stack.strongroom("check", "--json", check=False).document
    at_risk = {one["table"]: one["expected_rows"] for one in judged["at_risk"]}
    assert {f"public.{name}": rows for name, rows in REPORTED.items()}.items() <= at_risk.items()
    found = stack.strongroom("find").out
    assert f"The pinned database is in volume {OLD}." in found
    typed = follow(stack, "", "docker-compose")
    recovery_s = time.monotonic() - started
    assert stack.start("--guarded").document == REPORTED
    assert rows_at(stack.address()) == world.rows
    reports_what_the_report_said(stack)
    stopped = f"`{Verdict.EMPTY}`, at the start, before migrations make a schema"
    row = (FOUNDING, "the report's own day", told(lost), stopped, "; ".join(typed), 0, recovery_s)
    request.node.user_properties.append(kept(OnDocker(*row)))


def reports_what_the_report_said(stack: Stack) -> None:
    """What is written by itself has the facts of the report that people wrote by hand."""
    report = stack.strongroom("report", "--json", "--audit", "docker-compose.yml").document
    rows = {one["table"].removeprefix("public."): one for one in report["tables"]}
    assert {name: one["rows_before"] for name, one in rows.items()} == REPORTED
    assert {one["rows_found"] for one in rows.values()} == {0}
    assert {name: one["rows_now"] for name, one in rows.items()} == REPORTED
    assert report["state"] == "over"
    assert report["summary"].startswith("1,977 rows in 6 tables were at risk; every one is there")
    assert "empty and is not its own" in report["primary_cause"]["what"]
    causes = [one["what"] for one in report["contributing_causes"]]
    assert "the project's name, strideiq, comes from the directory strideiq" in causes
    assert "No backup had been proven by a restore." in causes
    during = [one["what"] for one in report["timeline"] if one["during"]]
    assert during[0] == "Refused the database: empty. Nothing was written."
    assert during[-1].startswith("The database matched again, and was opened")


def test_typed_as_strongroom_compose_the_new_volume_is_never_made(
    engine: Engine, worlds: Mapping[str, World], tmp_path: Path
) -> None:
    world = worlds["production"]
    stack = Stack.made(engine, tmp_path / "runningapp")
    world.give_home(stack.directory)
    world.place(stack)
    stack.run("docker-compose up -d")
    connected(stack.address()).close()
    stack.run("docker-compose down; cd ..; mv runningapp strideiq; cd strideiq")
    refused = stack.run("strongroom compose up -d", check=False)
    assert refused.code == Verdict.EMPTY.exit_code, refused.err
    assert engine.docker("volume", "ls", "-q").split() == [OLD]
    stack.run("strongroom compose -p runningapp up -d")
    assert rows_at(stack.address()) == world.rows
