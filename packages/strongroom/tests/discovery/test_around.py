"""What comes before a way back: a port that is held, and another engine."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

from strongroom.discovery import Candidate, Container, EngineAddress, Holder, Volume
from strongroom.discovery.around import Around
from strongroom.discovery.engines import chosen_engine
from strongroom.discovery.listeners import holding

HERE = EngineAddress("unix:///var/run/docker.sock", "socket")
OLD = EngineAddress("unix:///srv/old.sock", "context old")
PANEL = Container("f" * 64, "panel", "postgres:15", "running", engine=HERE.address)
LOST = Candidate(
    "volume", "/v/_data", holder=Holder(Volume("lost", Path("/v")), engine=HERE.address)
)


def around(*listening: Container, chosen: EngineAddress = HERE) -> Around:
    return Around(
        chosen=chosen,
        engines={one.address: one for one in (HERE, OLD)},
        holding=listening,
        directories=("/srv/app",),
    )


def test_a_container_in_the_network_of_the_machine_is_known_by_its_process(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
        ours = replace(PANEL, process_id=os.getpid())
        other = replace(PANEL, id="e" * 64, name="other", process_id=1)
        gone = replace(ours, id="d" * 64, name="gone", state="exited")
        assert holding(port, [other, ours, gone]) == [ours]
        assert holding(port, [other]) == []
    assert holding(port, [ours]) == []  # nobody listens any more
    forwards = replace(PANEL, ports={port: 5432})
    assert holding(port, [forwards], tmp_path) == [forwards]  # whatever /proc tells


def test_a_container_is_known_by_its_control_group(tmp_path: Path) -> None:
    process = tmp_path / "77"
    (process / "fd").mkdir(parents=True)
    (process / "fd/4").symlink_to("socket:[4711]")
    (process / "cgroup").write_text(f"0::/system.slice/docker-{PANEL.id}.scope\n")
    (tmp_path / "net").mkdir()
    line = "0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000 999 0 4711"
    (tmp_path / "net/tcp").write_text(f"head\n{line}\n")
    assert holding(0x1538, [PANEL], tmp_path) == [PANEL]
    assert holding(0x1539, [PANEL], tmp_path) == []


def test_who_holds_the_port_is_stopped_first_unless_compose_replaces_it() -> None:
    assert around(PANEL).before(LOST) == ["docker stop panel"]
    own = replace(PANEL, labels={"com.docker.compose.project.working_dir": "/srv/app"})
    assert around(own).before(LOST) == []
    like = replace(LOST, holder=replace(LOST.holder, like=PANEL))
    assert around(PANEL).before(like) == []


def test_what_another_engine_has_is_started_there_and_this_one_lets_go_of_the_port() -> None:
    there = replace(LOST, holder=replace(LOST.holder, engine=OLD.address))
    own = replace(PANEL, labels={"com.docker.compose.project.working_dir": "/srv/app"})
    assert around(own).before(there) == ["docker stop panel", "docker context use old"]
    named = replace(HERE, origin="DOCKER_HOST")
    assert around(chosen=named).before(there) == [f"export DOCKER_HOST={OLD.address}"]
    assert around(replace(PANEL, engine=OLD.address)).before(LOST) == [
        f"docker -H {OLD.address} stop panel"
    ]


def test_the_engine_that_is_spoken_to_is_the_one_that_docker_itself_takes(tmp_path: Path) -> None:
    found = [HERE, OLD]
    here = {"DOCKER_CONFIG": str(tmp_path)}
    assert chosen_engine(found, here) == HERE
    (tmp_path / "config.json").write_text('{"currentContext": "old"}')
    assert chosen_engine(found, here) == OLD
    assert chosen_engine(found, {**here, "DOCKER_CONTEXT": "default"}) == HERE
    given = EngineAddress("tcp://far:2375", "DOCKER_HOST")
    assert chosen_engine([given, *found], here) == given
