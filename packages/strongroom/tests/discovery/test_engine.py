"""An engine is asked over its published API, and only asked; what it answers is never believed."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from planted import Made, plant

from strongroom.discovery import (
    Engine,
    containers_on_disk,
    engine_addresses,
    engines,
    volumes_on_disk,
)
from strongroom.discovery.cluster import read_cluster
from strongroom.discovery.containers import survey_engines
from strongroom.discovery.engines import EngineAddress, compose_program
from strongroom.discovery.looking import look_into
from strongroom.discovery.processes import Processes
from strongroom.discovery.survey import Survey
from strongroom.errors import EngineError
from strongroom.testing.container_engine import container_engine

LABELS = {"com.docker.compose.project": "runningapp", "com.docker.compose.volume": "pgdata"}
VOLUME = {"Name": "runningapp_pgdata", "Driver": "local", "Labels": LABELS, "Options": None}
LISTED = {
    "Id": "abc",
    "Names": ["/runningapp-db-1"],
    "Image": "postgres:18",
    "State": "exited",
    "Labels": {"com.docker.compose.project": "runningapp", "com.docker.compose.service": "db"},
    "Ports": [{"PrivatePort": 5432, "PublicPort": 5433, "Type": "tcp"}, {"PrivatePort": 80}],
    "Mounts": [],
}
INSPECTED = {
    "Config": {"Env": ["POSTGRES_PASSWORD=hush", "PGDATA=/var/lib/postgresql/18/docker"]},
    "GraphDriver": {"Data": {"UpperDir": "/var/lib/docker/overlay2/x/diff"}},
    "Mounts": [
        {
            "Type": "volume",
            "Name": "runningapp_pgdata",
            "Source": "/v/_data",
            "Destination": "/var/lib/postgresql",
            "RW": True,
        }
    ],
}


def test_volumes_and_containers_are_told_as_the_engine_has_them(short: Path) -> None:
    with container_engine(short / "e.sock") as told:
        told.volumes = [{**VOLUME, "Mountpoint": "/v/_data"}, {"Name": "f" * 64, "Mountpoint": ""}]
        told.containers, told.inspected = [LISTED], {"abc": INSPECTED}
        told.root = Path("/var/lib/docker")
        engine = Engine(told.address)
        anonymous, named = engine.volumes()
        (container,) = engine.containers()
        assert engine.info().root == Path("/var/lib/docker")
        requests = list(told.requests)
    assert (named.name, named.project, named.compose_name) == (
        "runningapp_pgdata",
        "runningapp",
        "pgdata",
    )
    assert (named.mountpoint, named.anonymous) == (Path("/v/_data"), False)
    assert (anonymous.mountpoint, anonymous.anonymous) == (None, True)
    assert (container.name, container.project, container.service, container.running) == (
        "runningapp-db-1",
        "runningapp",
        "db",
        False,
    )
    assert container.pgdata == "/var/lib/postgresql/18/docker"
    assert "hush" not in repr(container)
    assert container.mounts[0].name == named.name
    assert container.ports == {5433: 5432}
    assert {one.partition(" ")[0] for one in requests} == {"GET"}


@pytest.mark.parametrize("body", [b"[]", b'{"Volumes": 3}', b'{"Volumes": [3, {}]}'])
def test_an_answer_of_another_shape_is_nothing(short: Path, body: bytes) -> None:
    with container_engine(short / "e.sock") as told:
        told.body = body
        assert Engine(told.address).volumes() == []
        assert Engine(told.address).containers() == []


def test_an_answer_that_is_none_is_an_error_that_knows_another_way(short: Path) -> None:
    with container_engine(short / "e.sock") as told:
        for told.body, told.status in ((b"no json", 200), (b"{}", 500)):
            with pytest.raises(EngineError) as raised:
                Engine(told.address).volumes()
            assert "--docker-root" in raised.value.next_step


def test_the_socket_of_the_dead_is_an_error(short: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(short / "dead.sock"))
    with pytest.raises(EngineError, match="Connection refused"):
        Engine(f"unix://{short}/dead.sock").info()
    with pytest.raises(EngineError, match="No such file"):
        Engine(f"unix://{short}/none.sock").info()
    with pytest.raises(EngineError, match="not followed"):
        Engine("ssh://somewhere").info()


def test_engines_are_looked_for_by_variable_context_and_socket(short: Path) -> None:
    meta = short / "home/.docker/contexts/meta"
    for name, text in (
        ("a", json.dumps({"Name": "far", "Endpoints": {"docker": {"Host": "tcp://far:2375"}}})),
        ("b", "damaged"),
        ("c", json.dumps({"Name": "odd", "Endpoints": []})),
    ):
        (meta / name).mkdir(parents=True)
        (meta / name / "meta.json").write_text(text)
    socket_path = short / "var/run/docker.sock"
    socket_path.parent.mkdir(parents=True)
    with container_engine(socket_path):
        found = engine_addresses(
            {"DOCKER_HOST": f"unix://{socket_path}"}, home=short / "home", system=short
        )
    assert [(one.address, one.origin) for one in found] == [
        (f"unix://{socket_path}", "DOCKER_HOST"),
        ("tcp://far:2375", "context far"),
    ]


def test_what_cannot_be_read_from_here_is_read_through_its_container(
    made: Made, short: Path
) -> None:
    survey = Survey(Processes(), 30.0)
    with container_engine(short / "e.sock") as told:
        told.volumes = [
            {**VOLUME, "Mountpoint": "/in/a/machine/_data"},
            {"Name": "of_nobody", "Mountpoint": "/in/a/machine/too"},
        ]
        told.containers, told.inspected = [LISTED], {"abc": INSPECTED}
        told.files = {"/var/lib/postgresql/18/docker": made(18)}
        survey_engines(survey, [EngineAddress(told.address, "socket")])
        assert {one.partition(" ")[0] for one in told.requests} == {"GET"}
    (candidate,) = survey.candidates
    there = read_cluster(made(18))
    assert there is not None
    assert candidate.system_identifier == there.system_identifier
    assert candidate.path == "runningapp-db-1:/var/lib/postgresql/18/docker"
    assert (candidate.holder.inside, candidate.here, candidate.whole) == ("18/docker", False, True)
    look_into(candidate, short / "scratch")
    assert candidate.problems[-1] == "not looked into: its files are not seen from here"
    assert [one.path for one in survey.unreadable] == ["volume of_nobody (/in/a/machine/too)"]


def test_compose_is_called_as_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PLUGINS_BELOW", ())
    (tmp_path / "docker-compose").touch(mode=0o755)
    here = {"PATH": str(tmp_path), "DOCKER_CONFIG": str(tmp_path)}
    assert compose_program(here) == "docker-compose"
    (tmp_path / "cli-plugins").mkdir()
    (tmp_path / "cli-plugins/docker-compose").touch()
    assert compose_program(here) == "docker compose"
    assert compose_program({"PATH": str(tmp_path / "none")}) == "docker compose"


def test_a_data_root_is_read_where_no_engine_answers(tmp_path: Path) -> None:
    (tmp_path / "volumes/kept/_data").mkdir(parents=True)
    (tmp_path / "volumes/metadata.db").touch()
    container = tmp_path / "containers/abc/config.v2.json"
    container.parent.mkdir(parents=True)
    mount = {"Name": "kept", "Destination": "/var/lib/postgresql/data", "RW": True}
    container.write_text(
        json.dumps(
            {
                "Name": "/db",
                "Config": {"Image": "postgres:16", "Env": ["PGDATA=/x"], "Labels": LABELS},
                "State": {"Running": False},
                "MountPoints": {"/var/lib/postgresql/data": mount},
            }
        )
    )
    (volume,) = volumes_on_disk(tmp_path)
    assert (volume.name, volume.mountpoint) == ("kept", tmp_path / "volumes/kept/_data")
    (found,) = containers_on_disk(tmp_path)
    assert (found.name, found.project, found.pgdata) == ("db", "runningapp", "/x")
    assert found.mounts[0].source == volume.mountpoint


def test_what_an_engine_holds_is_searched_and_far_volumes_are_named(
    made: Made, short: Path
) -> None:
    where = short / "volumes/pgdata/_data"
    data = plant(made(16), where / "16/docker")
    survey = Survey(Processes(), 30.0)
    with container_engine(short / "e.sock") as told:
        told.volumes = [
            {**VOLUME, "Mountpoint": str(where)},
            {"Name": "bound", "Options": {"o": "bind", "device": str(where), "type": "none"}},
            {"Name": "in_a_machine", "Mountpoint": "/not/on/this/machine/_data"},
        ]
        told.containers, told.inspected = [{**LISTED, "State": "running"}], {"abc": INSPECTED}
        dead = EngineAddress(f"unix://{short}/none.sock", "context gone")
        containers = survey_engines(survey, [EngineAddress(told.address, "DOCKER_HOST"), dead])
    (candidate,) = survey.candidates
    assert candidate.path == str(data)
    assert candidate.holder.inside == "16/docker"
    assert [one.name for one in containers] == ["runningapp-db-1"]
    assert [one.path for one in survey.unreadable] == [
        "volume in_a_machine (/not/on/this/machine/_data)"
    ]
    assert [one.code for one in survey.findings] == ["engine_silent"]
