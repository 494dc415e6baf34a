"""A directory is read as a cluster from its files alone, whatever state it is in."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from planted import MAJORS, Made, as_another_user, copy, everything_in, plant, rewrite

from strongroom.config import ServerSettings
from strongroom.discovery import Cluster, Scope, clusters_in, find, read_cluster
from strongroom.discovery.candidates import UNSPEAKABLE
from strongroom.discovery.quiet import Budget, read_quietly
from strongroom.discovery.searching import search
from strongroom.server import Supervisor
from strongroom.server.directory import live_postmaster


def read(path: Path) -> Cluster:
    found = read_cluster(path)
    assert found is not None
    return found


@pytest.mark.parametrize("major", MAJORS)
def test_a_cluster_of_each_version_tells_what_it_is_and_what_is_in_it(
    made: Made, major: int
) -> None:
    found = read(made(major))
    assert (found.major, found.whole, found.running, found.problems) == (major, True, False, ())
    assert found.control.state == "shut down"
    app = next(one for one in found.content.databases if one.name == "app")
    assert app.user_bytes == found.content.user_bytes > 0
    assert app.relations == 1
    assert {one.name for one in found.content.databases} == {
        "template1",
        "template0",
        "postgres",
        "app",
    }
    assert found.content.changed_at is not None
    assert found.owner == made(major).owner()


def test_a_running_server_is_told_and_a_dead_one_s_file_is_not_believed(
    made: Made, tmp_path: Path
) -> None:
    data = copy(made(18), tmp_path / "data")
    home = ServerSettings(data, tmp_path / "run", tmp_path / "logs", {"fsync": "off"})
    with Supervisor(home).running():
        found = read(data)
        postmaster = live_postmaster(data)
        assert postmaster is not None
        assert (found.running, found.process_id) == (True, postmaster.process_id)
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
    assert read(data).running is False


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: (data / "global/pg_control").unlink(), "global/pg_control is missing"),
        (lambda data: (data / "PG_VERSION").unlink(), "PG_VERSION is missing"),
        (lambda data: rewrite(data / "PG_VERSION", b"\xff\0"), "PG_VERSION names no version"),
        (lambda data: shutil.rmtree(data / "pg_wal"), "pg_wal is missing"),
        (
            lambda data: rewrite(data / "global/pg_control", bytes(19)),
            "pg_control is cut off after",
        ),
        (lambda data: rewrite(data / "global/pg_control", b""), "pg_control is empty"),
        (
            lambda data: (data / "pg_tblspc/16400").symlink_to("/gone/away"),
            "pg_tblspc/16400 lies elsewhere: /gone/away, which is not there",
        ),
    ],
)
def test_what_is_missing_or_damaged_is_said(
    made: Made, tmp_path: Path, damage: Callable[[Path], object], said: str
) -> None:
    data = plant(made(15), tmp_path / "data")
    damage(data)
    found = read(data)
    assert [one for one in found.problems if one.startswith(said)]
    assert found.whole is ("lies elsewhere" in said)


def test_reading_leaves_no_trace_and_opens_nothing_but_plain_files(
    made: Made, tmp_path: Path
) -> None:
    data = plant(made(16), tmp_path / "data")
    (data / "PG_VERSION").unlink()
    os.mkfifo(data / "PG_VERSION")  # to open it would wait for a writer, for ever
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"/proc/self/fd/{os.open(data, os.O_RDONLY)}/s")
    (data / "base/round").symlink_to(data)
    before = everything_in(data.parent)
    for path in data.rglob("*"):  # so long ago that the next access would be noted
        os.utime(path, ns=(0, path.lstat().st_mtime_ns), follow_symlinks=False)
    accessed = {path: path.lstat().st_atime_ns for path in sorted(data.rglob("*"))}
    found = read(data)
    assert accessed == {path: path.lstat().st_atime_ns for path in accessed}
    assert before == everything_in(data.parent)
    assert found.major is None
    listening.close()


def test_every_layout_is_found_and_loops_end(made: Made, tmp_path: Path) -> None:
    places = (
        "var/lib/postgresql/data",
        "var/lib/postgresql/15/main",
        "var/lib/postgresql/18/docker",
        "bitnami/postgresql/data",
        "srv/data.old",
        "srv/pgdata_backup",
        "volume/nested/18/docker",
    )
    for place in places:
        plant(made(16), tmp_path / "root" / place)
    within = plant(made(18), tmp_path / "root/srv/data.old/18/docker")
    elsewhere = plant(made(15), tmp_path / "elsewhere/data")
    (tmp_path / "root/led").symlink_to(elsewhere)
    (tmp_path / "root/srv/loop").symlink_to(tmp_path / "root")
    (tmp_path / "root/self").symlink_to("self")
    clusters, searched = clusters_in(tmp_path / "root")
    expected = {tmp_path / "root" / place for place in places} | {within, elsewhere}
    assert {one.path for one in clusters} == expected
    assert len(clusters) == len(expected)
    assert searched.complete


def test_a_name_that_no_terminal_should_be_given_is_spelt_out(made: Made, tmp_path: Path) -> None:
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/data\xff\x1b[2J\n")
    plant(made(16), Path(strange))
    (found,) = find(None, Scope(paths=(tmp_path,), machine=False)).candidates
    assert str(found.path).endswith(r"data\udcff\x1b[2J\n")
    assert found.problems == [UNSPEAKABLE]
    json.dumps(found.as_dict(), ensure_ascii=False).encode()


def test_a_search_ends_with_its_budget_and_says_so(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"f{number:03}").touch()
    budget = Budget(entries_max=100, duration_max_s=60)
    assert not search(tmp_path, budget).complete
    assert budget.entries <= 102
    late = Budget(entries_max=10**6, duration_max_s=-1)
    assert not search(tmp_path, late).complete


def test_who_may_not_look_is_told_so_and_what_others_own_is_read(tmp_path: Path) -> None:
    for directory in (tmp_path, *list(tmp_path.parents)[:3]):  # what pytest keeps to its user
        directory.chmod(0o755)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed").chmod(0)
    (tmp_path / "PG_VERSION").write_text("18")
    with as_another_user():
        (told,) = search(tmp_path, Budget(entries_max=100, duration_max_s=60)).unreadable
        assert read_quietly(tmp_path / "PG_VERSION", 10) == b"18"
    assert (told.path, told.why) == (str(tmp_path / "closed"), "Permission denied")
