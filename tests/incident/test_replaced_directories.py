"""The place where the data directory was is empty, or something new has been made in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from laboratory import Case

from strongroom.backups import listed, take
from strongroom.config import (
    CONFIGURATION_NAME,
    Configuration,
    ServerSettings,
    default_document,
    load,
)
from strongroom.errors import RefusedError
from strongroom.identity import init, open_database
from strongroom.restores import restore
from strongroom.server.supervisor import Supervisor

QUICK = """
[server.settings]
fsync = "off"
full_page_writes = "off"
"""
SHOP = Path(__file__).with_name("shop.sql")
Entrypoint = Callable[[Path], list[str]]
LedAstray = Callable[[Path], Configuration]
NO_ACCOUNT = "the shop began anew, with no account but a new administrator's"


@pytest.fixture(scope="session")
def shop_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home at rest: the shop, and one backup of it."""
    home = tmp_path_factory.mktemp("shop") / "home"
    home.mkdir(mode=0o700)
    text = default_document(application="shop", environment="production", database="shop")
    (home / CONFIGURATION_NAME).write_text(text + QUICK)
    configuration = load(home / CONFIGURATION_NAME)
    init(configuration)
    with open_database(configuration) as database:
        with psycopg.connect(**database.conninfo("migrator"), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute("SET ROLE shop_owner")
            connection.execute(SHOP.read_bytes())
        take(configuration, database)
    return home


@pytest.fixture(scope="session")
def new_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What initdb makes; it is copied to wherever an entrypoint would run initdb."""
    data = tmp_path_factory.mktemp("initdb") / "data"
    Supervisor(server_of(data)).initialise(durable=False)
    return data


@pytest.fixture
def home(shop_home: Path, tmp_path: Path) -> Configuration:
    """A copy of the home, for replays that harm it."""
    copy_tree(shop_home, tmp_path / "home")
    return load(tmp_path / "home" / CONFIGURATION_NAME)


@pytest.fixture
def led_astray(shop_home: Path) -> LedAstray:
    """The home itself, after something has changed where its data directory is looked for."""
    configuration = load(shop_home / CONFIGURATION_NAME)
    assert configuration.server is not None
    server = configuration.server
    return lambda data: replace(configuration, server=replace(server, data_directory=data))


@pytest.fixture(scope="session")
def entrypoint(new_cluster: Path) -> Entrypoint:
    """Start as entrypoints do: initdb where nothing is, then the schema, then a first user."""

    def run(data: Path) -> list[str]:
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            data.parent.mkdir(parents=True, exist_ok=True)
            copy_tree(new_cluster, data)
        with Supervisor(server_of(data)).running() as server:
            with psycopg.connect(**server.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
                there = connection.execute("SELECT FROM pg_database WHERE datname = 'shop'")
                if there.fetchone() is None:
                    connection.execute("CREATE DATABASE shop STRATEGY file_copy")
            with psycopg.connect(**server.administrator("shop"), autocommit=True) as connection:  # type: ignore[arg-type]
                connection.execute("CREATE TABLE IF NOT EXISTS account (id bigint, email text)")
                if connection.execute("SELECT FROM account").fetchone() is None:
                    connection.execute("INSERT INTO account VALUES (1, 'admin@example.org')")
                rows = connection.execute("SELECT email FROM account ORDER BY 1 LIMIT 2")
                return [row[0] for row in rows.fetchall()]

    return run


@pytest.fixture(scope="session")
def first_accounts(entrypoint: Entrypoint, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Who is known after a start where nothing is: seen once for all replays that come to that."""
    return entrypoint(tmp_path_factory.mktemp("nothing") / "db" / "data")


def server_of(data: Path) -> ServerSettings:
    quick = {"fsync": "off", "full_page_writes": "off"}
    return ServerSettings(data, data.parent / "new-run", data.parent / "new-log", quick)


def copy_tree(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


def data_of(home: Configuration) -> Path:
    assert home.server is not None
    return home.server.data_directory


def began_anew(case: Case, accounts: list[str]) -> None:
    """Without the gate it was started: nobody of the shop's 363 people is known any more."""
    assert accounts == ["admin@example.org"]
    case.happens(NO_ACCOUNT)


def is_refused(
    case: Case, home: Configuration, verdict: str, words: str = "and nothing is made there"
) -> None:
    """Open the home as an application does at its start; what lies there stays as it is."""
    before = tree(data_of(home))
    with pytest.raises(RefusedError) as refusal, open_database(home):
        pytest.fail("it was opened")
    assert refusal.value.judgement["verdict"] == verdict
    assert refusal.value.next_step == "strongroom restore --swap"
    assert tree(data_of(home)) == before
    case.defended(f"`{verdict}`, {words}")


def tree(data: Path) -> dict[str, tuple[int, int]] | None:
    """Every file by its size and time; None where nothing is."""
    if not data.exists():
        return None
    files = {path: path.stat() for path in data.rglob("*")}
    return {str(path): (one.st_size, one.st_mtime_ns) for path, one in files.items()}


@pytest.mark.incident(
    "M16", "a setting is not loaded any more, the default directory is used", by="identity"
)
def test_a_forgotten_setting_does_not_begin_a_new_database(
    led_astray: LedAstray, case: Case, first_accounts: list[str], tmp_path: Path
) -> None:
    began_anew(case, first_accounts)
    is_refused(case, led_astray(tmp_path / "db" / "data"), "empty")


@pytest.mark.incident(
    "M17", "an interrupted copy leaves a cluster with an empty schema", by="identity, on a copy"
)
def test_an_empty_schema_in_its_place_is_not_a_fresh_instance(
    led_astray: LedAstray, case: Case, entrypoint: Entrypoint, tmp_path: Path
) -> None:
    data = tmp_path / "restored" / "data"
    began_anew(case, entrypoint(data))
    with (
        Supervisor(server_of(data)).running() as server,
        psycopg.connect(**server.administrator("shop")) as connection,  # type: ignore[arg-type]
    ):
        connection.execute("TRUNCATE account")
    words = "seen in a copy, the cluster itself is not started"
    is_refused(case, led_astray(data), "empty", words)


@pytest.mark.incident(
    "I03", "a stopped machine is replaced by one from an older image", by="identity: epochs"
)
def test_a_machine_from_an_older_image_is_rolled_back(
    home: Configuration, case: Case, shop_home: Path
) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as connection,  # type: ignore[arg-type]
    ):
        connection.execute("INSERT INTO audit_entry VALUES (9001, 'since the image', now())")
    shutil.rmtree(data_of(home))
    copy_tree(shop_home / "data", data_of(home))
    with (
        Supervisor(server_of(data_of(home))).running() as server,
        psycopg.connect(**server.administrator("shop")) as connection,  # type: ignore[arg-type]
    ):
        assert connection.execute("SELECT FROM audit_entry WHERE id > 9000").fetchone() is None
    case.happens("the machine serves what was there when the image was made")
    with pytest.raises(RefusedError) as refusal, open_database(home):
        pytest.fail("it was opened")
    assert refusal.value.judgement["verdict"] == "rolled_back"
    case.defended("`rolled_back`, before its first statement")


@pytest.mark.incident(
    "I08", "a chart's upgrade replaces the claim by a new one", by="identity, at start"
)
def test_a_new_claim_is_not_a_first_start(
    led_astray: LedAstray, case: Case, first_accounts: list[str], tmp_path: Path
) -> None:
    began_anew(case, first_accounts)
    claim = tmp_path / "chart-1.15" / "data"
    claim.mkdir(parents=True)
    is_refused(case, led_astray(claim), "empty")


@pytest.mark.incident(
    "I10", "an update of the chart does not mount the claim any more", by="identity, on a copy"
)
def test_a_cluster_that_the_image_has_made_is_not_ours(
    led_astray: LedAstray, case: Case, first_accounts: list[str], new_cluster: Path, tmp_path: Path
) -> None:
    began_anew(case, first_accounts)
    of_the_image = tmp_path / "image" / "data"
    of_the_image.parent.mkdir()
    copy_tree(new_cluster, of_the_image)
    is_refused(case, led_astray(of_the_image), "empty", "before the application's migrations")


@pytest.mark.incident(
    "I12", "a wrapper removes the directory when its mark is missing", by="identity; backups"
)
def test_a_removed_directory_is_not_begun_anew(
    home: Configuration, case: Case, first_accounts: list[str]
) -> None:
    wrapper = '[ -f "$PGDATA/.ok" ] || rm -rf "$PGDATA"'
    environment = {**os.environ, "PGDATA": str(data_of(home))}
    subprocess.run(["sh", "-c", wrapper], env=environment, check=True)
    began_anew(case, first_accounts)
    assert listed(home)
    is_refused(case, home, "empty", "the removal is not stopped; the backup is there")


@pytest.mark.incident(
    "U02", "an update makes the service anew on another node", by="identity, at start"
)
def test_a_service_on_another_node_does_not_ask_for_a_first_account(
    led_astray: LedAstray, case: Case, first_accounts: list[str], tmp_path: Path
) -> None:
    began_anew(case, first_accounts)
    is_refused(case, led_astray(tmp_path / "volume of this node"), "empty")


@pytest.mark.incident(
    "B01", "rm -rf on the primary; the dump job has failed for weeks", by="identity; backups"
)
def test_a_removed_primary_comes_back_from_a_backup_that_is_one(
    home: Configuration, case: Case, first_accounts: list[str], tmp_path: Path
) -> None:
    data = data_of(home)
    older_program = "/usr/lib/postgresql/15/bin/pg_dump"
    with Supervisor(server_of(data)).running() as server:
        job = f"{older_program} -h {server.socket_directory} -U strongroom_admin shop > dump; true"
        subprocess.run(["sh", "-c", job], cwd=tmp_path, check=True, capture_output=True)
        process = int((data / "postmaster.pid").read_text().split()[0])
        shutil.rmtree(data)
        os.kill(process, signal.SIGQUIT)
    assert (tmp_path / "dump").stat().st_size == 0
    began_anew(case, first_accounts)
    is_refused(case, home, "empty")
    restore(home, swap=True)
    assert accounts(home) == 363
    case.defended("`empty`, and the backup brings back 363 of 363 accounts")


@pytest.mark.incident(
    "P09", "both servers are lost during work on their storage", by="backups; identity"
)
def test_when_all_servers_are_lost_the_backup_is_there(
    home: Configuration, case: Case, first_accounts: list[str]
) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as connection,  # type: ignore[arg-type]
    ):
        connection.execute("INSERT INTO audit_entry VALUES (9001, 'since the backup', now())")
    shutil.rmtree(data_of(home))  # and the replica's, which a test need not make to lose it
    began_anew(case, first_accounts)
    is_refused(case, home, "empty")
    restore(home, swap=True)
    assert accounts(home) == 363
    case.defended(
        "`empty`; a restore brings all back as of the last backup, **not** what came after it"
    )


def accounts(home: Configuration) -> int:
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as connection,  # type: ignore[arg-type]
    ):
        row = connection.execute("SELECT count(*) FROM account").fetchone()
        since = connection.execute("SELECT FROM audit_entry WHERE id > 9000").fetchone()
    assert row is not None
    assert since is None
    return int(row[0])
