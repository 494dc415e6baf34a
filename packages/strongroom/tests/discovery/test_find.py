"""Thirteen clusters in every kind of place: all are found, the right one first, none is touched."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner
from planted import Made, as_another_user, copy, everything_in, plant, rewrite

from strongroom.cli import strongroom
from strongroom.config import CONFIGURATION_NAME, Configuration, ServerSettings, load
from strongroom.discovery import (
    Candidate,
    Container,
    Found,
    Holder,
    Mount,
    Scope,
    Volume,
    find,
    usual_roots,
)
from strongroom.discovery.advice import compose_change
from strongroom.discovery.engines import compose_program
from strongroom.identity import check
from strongroom.postgres import connect_as_configured as connect
from strongroom.server import Supervisor

ANONYMOUS = "ab" * 32
ROWS = 5_000


@dataclass(frozen=True)
class World:
    """What was planted, and where one would look for it."""

    root: Path
    configuration: Configuration
    expected: frozenset[Path]
    right: Path
    still: tuple[Path, ...]
    """Directories in which nobody writes while somebody looks."""

    @property
    def scope(self) -> Scope:
        """A search of these places alone."""
        return Scope(
            paths=(self.root / "dirs", self.root / "running"),
            docker_roots=(self.root / "docker",),
            machine=False,
        )

    def find(self) -> Found:
        """Search them."""
        return find(self.configuration, self.scope)


def volume(root: Path, name: str) -> Path:
    return root / "docker/volumes" / name / "_data"


def container(
    root: Path,
    name: str,
    *mounts: dict[str, str],
    project: str = "runningapp",
    image: str = "postgres",
) -> None:
    """Write down a container as Docker does."""
    document = {
        "Name": f"/{name}",
        "Config": {
            "Image": image,
            "Env": ["POSTGRES_PASSWORD=hush"],
            "Labels": {
                "com.docker.compose.project": project,
                "com.docker.compose.service": "postgres",
            },
        },
        "State": {"Running": False},
        "MountPoints": {one["Destination"]: one for one in mounts},
    }
    directory = root / "docker/containers" / name
    directory.mkdir(parents=True)
    (directory / "config.v2.json").write_text(json.dumps(document))


def filled(configuration: Configuration) -> None:
    """Give the pinned database more rows than any other has."""
    assert configuration.server is not None
    with (
        Supervisor(configuration.server).running() as server,
        connect(server.administrator(configuration.database), autocommit=True) as connection,
    ):
        rows = f"SELECT n, now() AS created_at FROM generate_series(1, {ROWS}) n"
        connection.execute(f"CREATE TABLE public.activity AS {rows}")


@pytest.fixture(scope="module")
def world(
    sample_template: Path, made: Made, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    tmp_path: Path = tmp_path_factory.mktemp("world")
    sample = load(copy(sample_template, tmp_path / "home") / CONFIGURATION_NAME)
    assert sample.server is not None
    data, dirs = sample.server.data_directory, tmp_path / "dirs"
    old = copy(data, data.with_name("data.old"))
    filled(sample)
    right = volume(tmp_path, "runningapp_postgres_data")
    right.parent.mkdir(parents=True)
    data.rename(right)
    layer = tmp_path / "docker/overlay2/layer/diff/var/lib/postgresql/data"
    expected = [
        old,
        right,
        plant(made(18), volume(tmp_path, "strideiq_postgres_data")),
        plant(made(15), volume(tmp_path, ANONYMOUS)),
        plant(made(15), volume(tmp_path, "older_postgres_data")),
        plant(made(18), volume(tmp_path, "eighteen") / "18/docker"),
        plant(made(16), volume(tmp_path, "bitnami") / "data"),
        plant(made(16), layer),
        plant(made(15), tmp_path / "bound/pgdata"),
        plant(made(15), dirs / "pgdata_backup"),
        plant(made(16), dirs / "damaged"),
        plant(made(15), dirs / "var/lib/postgresql/15/main"),
        copy(made(16), tmp_path / "running/data"),
    ]
    (dirs / "pgdata_backup/global/pg_control").unlink()
    control = dirs / "damaged/global/pg_control"
    rewrite(control, control.read_bytes()[:40] + b"\x01" + control.read_bytes()[41:])
    named = {"Name": "runningapp_postgres_data", "Destination": "/var/lib/postgresql/data"}
    container(tmp_path, "one", named)
    new = {"Name": "strideiq_postgres_data", "Destination": "/var/lib/postgresql"}
    container(tmp_path, "new", new, project="strideiq", image="postgres:16-alpine")
    bound = {"Name": "", "Source": str(tmp_path / "bound"), "Destination": "/bitnami/postgresql"}
    container(tmp_path, "two", bound)
    mount_id = tmp_path / "docker/image/overlay2/layerdb/mounts/two/mount-id"
    mount_id.parent.mkdir(parents=True)
    mount_id.write_text("layer")
    (dirs / "loop").symlink_to(dirs)
    home = ServerSettings(
        tmp_path / "running/data", tmp_path / "r/run", tmp_path / "r/logs", {"fsync": "off"}
    )
    still = tuple(tmp_path / one for one in ("home", "docker", "dirs", "bound"))
    with Supervisor(home).running():
        yield World(tmp_path, sample, frozenset(expected), right, still)


def clusters(found: Found) -> list[Candidate]:
    return [one for one in found.candidates if one.cluster is not None]


def test_all_are_found_the_right_one_first_and_nothing_is_touched(world: World) -> None:
    before = everything_in(*world.still)
    found = world.find()
    assert everything_in(*world.still) == before
    assert {Path(str(one.path)) for one in clusters(found)} == world.expected
    assert len(clusters(found)) == 13
    first, *others = found.candidates
    assert Path(str(first.path)) == world.right
    assert (first.pinned, first.major, first.running) == (True, 18, False)
    copies = {Path(str(one.path)).name for one in others if one.clone and one.cluster}
    assert copies == {"data.old"}
    backup = next(one for one in others if one.kind == "backup")
    assert backup.clone
    assert backup.next.startswith(f"strongroom restore {backup.backup_id}")
    assert [one.running for one in clusters(found)].count(True) == 1
    assert {one.code for one in found.findings} == {"copies"}
    damaged = {Path(str(one.path)).name: one.problems for one in others if not one.whole}
    assert damaged == {
        "damaged": ["pg_control is damaged: its checksum does not agree"],
        "pgdata_backup": ["global/pg_control is missing"],
    }


def test_each_is_told_as_what_it_is(world: World) -> None:
    by_path = {Path(str(one.path)): one for one in world.find().candidates}
    kinds = {
        path.relative_to(world.root).parts[0]: one.kind
        for path, one in by_path.items()
        if path.is_relative_to(world.root) and one.cluster
    }
    assert kinds["bound"] == "bind_mount"
    assert kinds["dirs"] == kinds["running"] == kinds["home"] == "directory"
    layer = next(one for one in by_path.values() if one.kind == "container_layer")
    assert "never remove container two" in layer.next
    right = by_path[world.right].as_dict()
    assert (right["volume"], right["project"], right["container"]) == (
        "runningapp_postgres_data",
        "runningapp",
        "one",
    )
    anonymous = by_path[volume(world.root, ANONYMOUS)]
    assert anonymous.holder.volume is not None
    assert anonymous.holder.volume.anonymous
    assert "hush" not in json.dumps([one.as_dict() for one in by_path.values()])


def test_the_change_of_a_compose_file_mounts_each_where_its_cluster_is_seen(world: World) -> None:
    seen, by_name = {}, {}
    for one in world.find().candidates:
        if one.kind in {"volume", "bind_mount"}:
            change = yaml.safe_load(str(one.change))
            by_name[one.holder.volume.name if one.holder.volume else ""] = change
            (service,) = change["services"].values()
            (mount,) = service["volumes"]
            data = (service.get("environment") or {}).get("PGDATA")
            outside = change.get("volumes", {}).get(mount.partition(":")[0])
            seen[Path(str(one.path))] = (mount, data, outside)
    older = by_name["older_postgres_data"]  # nobody uses it; the new project has its counterpart
    assert list(older["services"]) == ["postgres"]
    assert older["services"]["postgres"]["image"] == "postgres:15"
    place = "/var/lib/postgresql"
    assert seen == {
        world.right: (
            f"postgres_data:{place}/data",
            f"{place}/data",
            {"external": True, "name": "runningapp_postgres_data"},
        ),
        volume(world.root, "strideiq_postgres_data"): (
            f"postgres_data:{place}",
            place,
            {"external": True, "name": "strideiq_postgres_data"},
        ),
        volume(world.root, "older_postgres_data"): (
            f"postgres_data:{place}",
            place,
            {"external": True, "name": "older_postgres_data"},
        ),
        volume(world.root, ANONYMOUS): (
            f"found_data:{place}/data",
            None,
            {"external": True, "name": ANONYMOUS},
        ),
        volume(world.root, "eighteen") / "18/docker": (
            f"eighteen:{place}",
            None,
            {"external": True, "name": "eighteen"},
        ),
        volume(world.root, "bitnami") / "data": (
            f"bitnami:{place}",
            None,
            {"external": True, "name": "bitnami"},
        ),
        world.root / "bound/pgdata": (
            f"{world.root}/bound:/bitnami/postgresql",
            "/bitnami/postgresql/pgdata",
            None,
        ),
    }


def home_of_its_own(world: World, tmp_path: Path) -> World:
    """The same world, seen from a copy of the home that a test may change."""
    home = copy(world.configuration.directory, tmp_path / "home")
    return replace(world, configuration=load(home / CONFIGURATION_NAME))


def test_without_the_pin_the_store_decides_and_without_both_the_content(
    world: World, tmp_path: Path
) -> None:
    mine = home_of_its_own(world, tmp_path)
    mine.configuration.lock_path.unlink()
    found = mine.find()
    assert Path(str(found.candidates[0].path)) == world.right
    assert {"pin_lost", "without_pin"} <= {one.code for one in found.findings}
    for directory in ("state", "store"):
        shutil.rmtree(mine.configuration.directory / directory)
    found = mine.find()
    assert Path(str(found.candidates[0].path)) == world.right
    assert not any(one.pinned or one.clone for one in found.candidates)
    told = {one.code: one.message for one in found.findings}
    assert "what the candidates hold decides" in told["without_pin"]


def test_the_verb_tells_it_and_what_it_prints_leads_there(world: World, tmp_path: Path) -> None:
    mine = home_of_its_own(world, tmp_path)
    path = mine.configuration.path
    given = ["--config", str(path), "find", str(world.root / "dirs"), "--only"]
    given += ["--docker-root", str(world.root / "docker")]
    told = CliRunner().invoke(strongroom, given)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[0] == "● found  The pinned database is in volume runningapp_postgres_data."
    assert lines[-1] == (
        f"next: write what is shown into docker-compose.override.yml, then {compose_program()} "
        f"rm -sf postgres && {compose_program()} up -d, then strongroom --config {path} check"
    )
    assert f"      {compose_program()} -p runningapp up -d" in lines
    answered = json.loads(CliRunner().invoke(strongroom, [*given, "--json"]).stdout)
    first = answered["candidates"][0]
    assert (first["volume"], first["next"], first["then"]) == (
        "runningapp_postgres_data",
        f"{compose_program()} rm -sf postgres && {compose_program()} up -d",
        f"strongroom --config {path} check",
    )
    old = next(one for one in answered["candidates"] if str(one["path"]).endswith("data.old"))
    assert (old["next"], old["change_in"]) == (f"strongroom --config {path} check", str(path))
    (changed,) = (one for one in old["change"].splitlines() if one.startswith("data_directory"))
    path.write_text(path.read_text().replace('data_directory = "data"', changed))
    assert check(load(path)).verdict == "match"


def test_another_cluster_in_its_place_is_said(world: World, made: Made, tmp_path: Path) -> None:
    mine = home_of_its_own(world, tmp_path)
    plant(made(18), mine.configuration.directory / "data")
    found = mine.find()
    assert Path(str(found.candidates[0].path)) == world.right
    assert "another_in_place" in {one.code for one in found.findings}
    (configured,) = (one for one in found.candidates if one.configured)
    assert not configured.pinned


def test_who_may_not_look_into_an_engine_s_data_is_told(tmp_path: Path) -> None:
    for directory in (tmp_path, *list(tmp_path.parents)[:2]):
        directory.chmod(0o755)
    (tmp_path / "docker/volumes/x/_data").mkdir(parents=True)
    (tmp_path / "docker").chmod(0o700)
    with as_another_user():
        found = find(None, Scope(docker_roots=(tmp_path / "docker",), machine=False))
        assert usual_roots(home=tmp_path, system=tmp_path) == []
    assert [one.as_dict() for one in found.unreadable] == [
        {"path": str(tmp_path / "docker"), "why": "Permission denied"}
    ]


def test_where_nothing_is_found_the_exit_status_says_so(tmp_path: Path) -> None:
    given = ["find", str(tmp_path), "--only", "--json"]
    answer = CliRunner().invoke(strongroom, given, catch_exceptions=False)
    assert answer.exit_code == 24
    assert json.loads(answer.stdout)["candidates"] == []


def test_a_path_that_is_not_there_is_an_error_and_nothing_is_searched(tmp_path: Path) -> None:
    given = ["find", str(tmp_path), str(tmp_path / "none")]
    answer = CliRunner().invoke(strongroom, given, catch_exceptions=False)
    assert answer.exit_code == 2
    assert f"{tmp_path / 'none'} is not there; nothing was searched." in answer.stderr
    found = find(None, Scope(paths=(tmp_path / "none",), machine=False))  # as a library
    assert [one.why for one in found.unreadable] == ["it is not there"]


PAGE = (Path(__file__).resolve().parents[4] / "docs/how-to/find-lost-data.md").read_text()


@pytest.mark.parametrize("line", re.findall(r"`?(strongroom find[^`\n]*)", PAGE))
def test_the_commands_that_the_page_shows_are_understood(line: str) -> None:
    arguments = shlex.split(line)[2:]
    command = strongroom.get_command(click.Context(strongroom), "find")
    assert command is not None
    assert command.make_context("find", arguments)


def test_the_page_shows_the_change_that_is_printed() -> None:
    (shown,) = re.findall(r"```yaml\n(.+?)```", PAGE, re.DOTALL)
    labels = {"com.docker.compose.project": "runningapp", "com.docker.compose.service": "postgres"}
    mount = Mount("volume", "/var/lib/postgresql/data", name="runningapp_postgres_data")
    held = Holder(
        Volume("runningapp_postgres_data", None),
        (Container("x", "x", "postgres:15", "exited", labels, (mount,)),),
    )
    candidate = Candidate("volume", "/v/_data", holder=held, major=15)
    assert compose_change(candidate) == textwrap.dedent(shown.replace("\n  ", "\n")).strip()
