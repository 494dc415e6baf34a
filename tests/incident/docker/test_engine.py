"""The engine of our own and its images: they work, and leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import image
import psycopg
import pytest
from engine import Engine, left_behind, running_engine
from stack import Stack
from waiting import connected

DEB822 = """\
# our own
Types: deb
URIs: http://security.example.org/debian-security
Suites: bookworm-security
Components: main

Types: deb deb-src
URIs:
 http://mirror.example.org/debian
Suites: bookworm bookworm-updates
Components: main contrib
"""
ONE_LINE = """\
deb [signed-by=/x.gpg] https://packages.example.com/tools stable main
# deb http://old.example.org/debian bookworm main
deb [arch=amd64 trusted=yes] http://mirror.example.org/debian/ bookworm main
"""


def test_a_container_makes_a_cluster_once_and_then_starts_what_is_there(
    engine: Engine, tmp_path: Path
) -> None:
    stack = Stack.made(engine, tmp_path / "project")
    stack.run("docker-compose up -d")
    with connected(stack.address()) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        made = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchall()
    stack.run("docker-compose down; docker-compose up -d")
    with connected(stack.address()) as connection:
        connection.execute("SELECT n FROM kept")
        found = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchall()
    assert found == made
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(stack.address().replace("of-this-test", "another"))


def test_an_engine_that_has_ended_leaves_no_process_and_no_mount() -> None:
    with running_engine() as engine:
        root = engine.root
        assert any("process" in one for one in left_behind(root))
    assert left_behind(root) == []
    assert not root.exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [("sources.list.d/debian.sources", DEB822), ("sources.list", ONE_LINE)],
)
def test_the_mirror_is_the_one_of_apt_in_either_format(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert image.mirror(tmp_path).rstrip("/") == "http://mirror.example.org/debian"


def test_without_a_mirror_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(image.MirrorError):
        image.mirror(tmp_path)


def test_a_kept_root_file_system_is_used_only_while_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def bootstrapped(directory: Path) -> Path:
        archive = directory / "root.tar"
        archive.write_bytes(b"files")
        made.append(archive)
        return archive

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(image, "_bootstrapped", bootstrapped)
    archive = image.root_file_system()
    assert image.root_file_system() == archive
    assert len(made) == 1
    archive.write_bytes(b"other")
    assert image.root_file_system().read_bytes() == b"files"
    assert len(made) == 2
    assert not list(archive.parent.glob("building-*"))
