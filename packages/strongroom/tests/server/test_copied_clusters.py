"""What tests are given for what initdb makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from strongroom.config import ServerSettings
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server import cluster
from strongroom.server.directory import inspect_directory
from strongroom.server.supervisor import Supervisor
from strongroom.testing.clusters import QUICK

FROM_FILES = "SELECT name, setting FROM pg_settings WHERE source = 'configuration file'"
QUESTIONS = (
    f"{FROM_FILES} AND name NOT IN ('fsync', 'shared_buffers') ORDER BY name",
    "SELECT oid, datname, datcollate, datlocprovider::text, encoding FROM pg_database ORDER BY oid",
    "SELECT oid, rolname, rolsuper FROM pg_roles ORDER BY oid",
    "SELECT oid, relname, relkind::text, relpages FROM pg_class ORDER BY oid",
    "SELECT next_xid, next_oid FROM pg_control_checkpoint()",
    "SELECT data_page_checksum_version FROM pg_control_init()",
)


def made(directory: Path, **settings: str) -> tuple[int | None, list[object], list[object]]:
    """Make a cluster; its identifier, what it answers, and how quick it was told to be."""
    places = [directory / name for name in ("data", "run", "logs")]
    supervisor = Supervisor(ServerSettings(*places, settings=settings))
    supervisor.initialise()
    with supervisor.running() as server, connect(server.administrator()) as connection:
        answers = [connection.execute(one.encode()).fetchall() for one in QUESTIONS]
        quick = [connection.execute(f"SHOW {one}".encode()).fetchall()[0][0] for one in QUICK]
    return inspect_directory(places[0]).system_identifier, answers, quick


def test_a_copy_is_what_initdb_makes_and_a_cluster_of_its_own(
    tmp_path: Path, clusters_are_copied: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, copied, quick = made(tmp_path / "first")
    second, again, told = made(tmp_path / "second", fsync="on", shared_buffers="8MB")
    assert (quick, told) == (["off", "16MB"], ["on", "8MB"]), "what is configured has the last word"
    monkeypatch.setattr(cluster, "initdb", clusters_are_copied)
    third, real, _ = made(tmp_path / "third")
    assert copied == again == real
    assert len({first, second, third}) == 3
