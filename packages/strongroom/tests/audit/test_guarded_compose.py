"""``strongroom compose``: services start on the database that is meant, and on no other."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from audit_world import INCIDENT, World
from click.testing import CliRunner

from strongroom.audit.compose import Question, resolve
from strongroom.audit.compose_words import parse_call
from strongroom.audit.databases import databases
from strongroom.audit.engines import EngineView, are_alike
from strongroom.audit.guarding import (
    Proof,
    require_backup,
    services_started,
    volumes_removed,
)
from strongroom.backups.catalogue import load
from strongroom.cli import strongroom
from strongroom.config import Configuration
from strongroom.discovery import Volume, read_cluster
from strongroom.discovery.knowledge import Knowledge
from strongroom.drills import drill, latest_proof
from strongroom.errors import ComposeRefusedError
from strongroom.ledger import ledger_of
from strongroom.permits import ProvenBackup, ask, issue, keep_secret, parse_effect
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.protection import administered, protect
from strongroom.server.supervisor import RunningServer

PROGRAM = [sys.executable, "-c", "from strongroom.cli import main; main()"]
OLD = datetime.now(UTC) - timedelta(days=3)


def directory_of(server: RunningServer) -> Path:
    with connect(server.administrator(), autocommit=True) as connection:
        ((process,),) = connection.execute("SELECT pg_backend_pid()").fetchall()
        return Path(f"/proc/{process}/cwd").readlink()  # a server works in its directory


def test_the_founding_incident_stops_before_compose_and_names_the_way_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.project("strideiq"))
    result = world.compose("up", "-d")
    assert result.exit_code == 11
    assert "strideiq_postgres_data does not exist" in result.stderr
    assert "The pinned database is in the volume runningapp_postgres_data" in result.stderr
    assert f"audit --fix {world.home}/strideiq/docker-compose.yml" in result.stderr
    assert world.calls == []


def test_on_the_pinned_volume_everything_is_passed_on_as_it_was_typed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.project("runningapp"))
    monkeypatch.setenv("STATUS", "3")
    assert world.compose("--profile", "x", "up", "-d", "--build", "web").exit_code == 3
    assert world.compose("-f", "docker-compose.yml", "logs", "-f", "--json").exit_code == 3
    assert world.calls == ["--profile x up -d --build web", "-f docker-compose.yml logs -f --json"]


@pytest.mark.parametrize("verb", ["up", "run web sh", "start", "restart postgres", "create"])
def test_an_empty_volume_starts_nothing_by_any_verb(
    world: World, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    world.volume("strideiq_postgres_data", world.home / "empty")
    monkeypatch.chdir(world.project("strideiq"))
    result = world.compose(*verb.split())
    assert (result.exit_code, world.calls) == (11, [])
    assert "PostgreSQL would make one, empty" in result.stderr


def test_another_database_is_not_started_as_ours(
    world: World, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.volume("strideiq_postgres_data", directory_of(server))
    monkeypatch.chdir(world.project("strideiq"))
    assert (world.compose("up").exit_code, world.calls) == (12, [])


def test_a_name_from_the_caller_counts_and_a_service_without_the_database_starts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.project("strideiq"))
    assert world.compose("-p", "runningapp", "up").exit_code == 0
    assert world.compose("up", "mail").exit_code == 0
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "runningapp")
    assert world.compose("up").exit_code == 0
    assert len(world.calls) == 3


def test_without_a_pin_only_what_surely_is_a_slip_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.project("strideiq"))
    result = world.compose("up", pinned=False)
    assert (result.exit_code, world.calls) == (11, [])
    assert "Data of a like name is in the volume runningapp_postgres_data" in result.stderr
    assert result.stderr.rstrip().endswith("next: strongroom find")
    world.engine.volumes.clear()
    result = world.compose("up", pinned=False)
    assert (result.exit_code, world.calls) == (0, ["up"])
    assert "no pin says which database is expected" in result.stderr


def test_compose_is_left_to_end_in_its_own_time(world: World) -> None:
    home = world.project("runningapp")
    ready = world.home / "ready"
    os.mkfifo(ready)
    program = world.home / "bin/docker-compose"
    program.write_text(
        f"#!/bin/sh\ntrap 'echo ended >> {world.called}; exit 7' TERM\n"
        f"echo > {ready}\nwhile :; do sleep 0.05; done\n"
    )
    process = subprocess.Popen([*PROGRAM, "compose", "logs"], cwd=home)
    ready.read_text()  # waits until Compose runs
    process.terminate()
    assert process.wait() == 7
    assert world.calls == ["ended"]


def test_an_engine_that_does_not_answer_starts_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.project("runningapp"))
    world.engine.status = 500
    result = world.compose("up")
    assert result.exit_code != 0
    assert world.calls == []
    assert world.compose("ps").exit_code == 0


def test_a_database_in_no_named_volume_is_not_started(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = INCIDENT.replace("postgres_data:/var/lib/postgresql/data]", "/var/lib/postgresql/data]")
    monkeypatch.chdir(world.project("runningapp", text))
    assert (world.compose("up").exit_code, world.calls) == (11, [])


@pytest.mark.parametrize(
    "words", ["down -v", "down --volumes", "down -tv 1", "down --remove-orphans -v"]
)
def test_removing_the_volumes_needs_a_proven_backup(
    world: World, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(world.project("runningapp"))
    result = world.compose(*words.split())
    assert (result.exit_code, world.calls) == (30, [])
    assert "no backup of it is proven" in result.stderr
    assert "next: strongroom" in result.stderr
    assert world.compose("down", "--volumes=false").exit_code == 0


def at_a_terminal(arguments: list[str], typed: str) -> int:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments], stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while b"to confirm" not in shown and process.poll() is None:
        shown += os.read(ours, 1024)
    os.write(ours, typed.encode() + b"\n")
    code = process.wait()
    os.close(ours)
    return code


def test_with_a_proven_backup_a_person_may_remove_them_and_nobody_else(
    world: World, sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = replace(world, sample=sample)
    monkeypatch.chdir(world.project("runningapp"))
    assert drill(sample).verdict == "proven"
    refused = world.compose("down", "-v")
    assert (refused.exit_code, world.calls) == (30, [])
    assert "a person at a terminal" in refused.stderr
    words = ["--config", str(sample.path), "compose", "down", "-v"]
    assert at_a_terminal(words, "something else") == 30
    assert world.calls == []
    assert at_a_terminal(words, sample.environment) == 0
    assert world.calls == ["down -v"]
    assert [one.kind for one in ledger_of(sample).entries()][-1] == "compose_removed"


def test_of_a_database_with_guards_a_permit_lets_exactly_this_call_pass_once(
    world: World, sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = replace(world, sample=sample)
    project = world.project("runningapp")
    monkeypatch.chdir(project)
    protect(sample)
    assert drill(sample).verdict == "proven"
    refused = world.compose("down", "-v")
    assert (refused.exit_code, world.calls) == (30, [])
    (effect,) = re.findall(r"permit ask '(run_command \w+)' --reason", refused.stderr)
    request = ask(sample, [parse_effect(effect)], reason="a new machine")
    made = load(sample, latest_proof(sample).backup_id)  # type: ignore[union-attr]  it was proven
    backup = ProvenBackup(made.backup_id, made.incarnation, datetime.now(UTC))
    with administered(sample) as connection:
        permit = issue(
            connection,
            sample,
            request.effects,
            backup,
            expires_in=timedelta(minutes=5),
            confirmed_by="a person",
            reason=request.reason,
        )
    keep_secret(sample, permit)
    assert world.compose("down", "-v", "--remove-orphans").exit_code == 30  # another call
    assert world.compose("down", "-v").exit_code == 0
    assert world.compose("down", "-v").exit_code == 30  # it is used up
    assert world.calls == ["down -v"]
    removed = [one for one in ledger_of(sample).entries() if one.kind == "compose_removed"]
    assert [one.details["permit_id"] for one in removed] == [permit.id]
    assert sample.server is not None
    sample.server.data_directory.rename(sample.server.data_directory.with_name("gone"))
    refused = world.compose("down", "-v")
    assert refused.exit_code == 30, refused.stderr
    assert "a person at a terminal" in refused.stderr


def test_a_proven_backup_that_is_too_old_is_none(pinned: Configuration, world: World) -> None:
    (database,) = databases(resolve(Question(here=world.project("runningapp"), environment={})))
    call = parse_call(["down", "-v"])
    with pytest.raises(ComposeRefusedError, match="hours old"):
        require_backup([database], call, pinned, None, proof=Proof("x", OLD))
    young = Proof("x", datetime.now(UTC))
    assert require_backup([database], call, pinned, None, proof=young) == young


def test_what_nobody_could_miss_may_be_removed(
    world: World, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = database.server
    world.volume("other_postgres_data", world.home / "empty")
    monkeypatch.chdir(world.project("other"))
    assert world.compose("down", "-v").exit_code == 0
    text = INCIDENT.replace("  postgres_data:\n", "  postgres_data: {external: true, name: any}\n")
    monkeypatch.chdir(world.project("external", text))
    assert world.compose("down", "-v").exit_code == 0
    with connect(server.administrator(database.name), autocommit=True) as connection:
        connection.execute("CREATE TABLE run AS SELECT generate_series(1, 9999)")
        connection.execute("CHECKPOINT")
    world.volume("foreign_postgres_data", directory_of(server))
    monkeypatch.chdir(world.project("foreign"))
    refused = world.compose("down", "-v")
    assert refused.exit_code == 30
    assert "is not the database that the backups are of" in refused.stderr


def test_json_is_one_document_and_tells_what_was_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.project("runningapp"))
    result = CliRunner().invoke(
        strongroom, ["--config", str(world.sample.path), "compose", "--json", "config"]
    )
    assert json.loads(result.stdout)["exit_code"] == 0
    refused = CliRunner().invoke(strongroom, ["compose", "--json", "-p", "x", "up"])
    assert json.loads(refused.stdout)["error"]["code"] == "compose_refused"


def test_a_volume_that_nobody_here_may_read_is_read_through_its_container(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.project("runningapp"))
    world.engine.volumes[0] = {**world.engine.volumes[0], "Mountpoint": "/in/a/machine/_data"}
    refused = world.compose("up")
    assert (refused.exit_code, world.calls) == (17, [])
    assert "Nobody here may look into runningapp_postgres_data" in refused.stderr
    assert world.compose("down", "-v").exit_code == 30
    data = "/var/lib/postgresql/data"
    mounts = [{"Type": "volume", "Name": "runningapp_postgres_data", "Destination": data}]
    world.engine.containers.append({"Id": "a", "Names": ["/db"], "Mounts": mounts})
    world.engine.inspected["a"] = {"Id": "a", "Name": "/db", "Mounts": mounts}
    assert world.sample.server is not None
    world.engine.files = {data: world.sample.server.data_directory}
    assert (world.compose("up").exit_code, world.calls) == (0, ["up"])
    assert world.compose("down", "-v").exit_code == 30


def view(world: World, **known: Any) -> EngineView:
    assert world.sample.server is not None
    directory = world.sample.server.data_directory
    volumes = {"runningapp_postgres_data": Volume("runningapp_postgres_data", directory)}
    return EngineView("test", volumes, [Knowledge(**known)])


def test_an_earlier_copy_and_what_nobody_may_see_are_told_apart(world: World) -> None:
    assert world.sample.server is not None
    cluster = read_cluster(world.sample.server.data_directory)
    assert cluster is not None
    assert cluster.system_identifier is not None
    home = world.project("runningapp")
    (database,) = databases(resolve(Question(here=home, environment={})))
    known = frozenset({cluster.system_identifier})
    for standing, seen in {
        "clone": view(world, earlier=known, pinned=True),
        "pinned": view(world, current=known, pinned=True),
        "other": view(world, pinned=True),
    }.items():
        found = seen.seen(database)
        assert found is not None
        assert found.standing == standing
    hidden = EngineView("test", {"runningapp_postgres_data": Volume("x", None)}, [])
    found = hidden.seen(database)
    assert found is not None
    assert found.standing == "unseen"


def test_what_a_call_starts_and_removes(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(INCIDENT)
    project = resolve(Question(here=tmp_path, environment={}))

    def started(words: str) -> set[str]:
        return services_started(project, parse_call(words.split()))

    assert started("up") == {"postgres", "web", "mail"}
    assert started("up -t 3 web") == {"web", "postgres"}
    assert started("run --rm -e A=1 web postgres") == {"web", "postgres"}
    assert started("up --no-deps web") == {"web"}
    for words, gone in {"down -v": 1, "down": 0, "rm -v": 0, "up -V": 0, "stop": 0}.items():
        assert len(volumes_removed(project, parse_call(words.split()))) == gone


def test_names_that_look_like_one_that_was_renamed() -> None:
    assert are_alike("runningapp_postgres_data", "strideiq_postgres_data")
    assert are_alike("app_db_data", "app_db-data")
    assert are_alike("pgdata", "shop_pgdata")
    assert not are_alike("grafana_storage", "shop_pgdata")
