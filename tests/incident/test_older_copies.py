"""One's own database, as it once was: older copies, half restores, rows that went missing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from applications import (
    Application,
    application,
    dumped,
    is_refused,
    restored,
    run_script,
    start,
    works_there,
)
from laboratory import Case, Laboratory, Target, lost

from strongroom.identity import check, push_floors


@pytest.fixture
def production(laboratory: Laboratory, tmp_path: Path) -> Application:
    return application(laboratory, tmp_path, "production")


def trade(connection: psycopg.Connection) -> None:
    """Write what an older copy does not have."""
    connection.execute(
        "INSERT INTO orders SELECT i, 1, 10, false, now() FROM generate_series(9001, 9600) AS i"
    )


def nothing(_: psycopg.Connection) -> None:
    """Start, and do nothing."""


@pytest.mark.incident(
    "O01", "a dump of two months ago is restored over production", by="identity; protection"
)
def test_an_old_dump_over_the_live_database_is_seen_at_the_next_start(
    laboratory: Laboratory, case: Case, production: Application, tmp_path: Path
) -> None:
    target, archive = production.target, tmp_path / "old.dump"
    start(production.configuration, nothing)
    whole = [str(target.server.binaries.tool("pg_dump")), "-Fc", "-f", str(archive)]
    run_script(" ".join(whole), target)
    start(production.configuration, trade)
    losses = case.loses(lambda shop: restored(shop, archive, "--clean", "--if-exists"), target)
    assert losses["public.orders"] == 600
    is_refused(case, lambda: start(production.configuration, trade), target, "rolled_back")

    guarded = laboratory.guarded()
    tables = dumped(guarded, tmp_path / "tables.dump", "-Fc", "--role=shop_owner")
    guarded.execute("INSERT INTO audit_entry VALUES (9001, 'since the dump', now())")
    before = guarded.contents()
    status = restored(guarded, tables, "--clean", "--if-exists", "--no-owner", "--role=shop_owner")
    assert status != 0
    assert lost(before, guarded.contents()) == {}
    case.defended(
        "`rolled_back` at the next start; where it is protected no table is dropped and no row is "
        "lost, but pg_restore drops the keys and **doubles rows** unless it ends at errors"
    )


@pytest.mark.incident(
    "O02", "a restore into the filled database reports success", by="identity: floors"
)
def test_a_restore_that_changed_nothing_is_not_taken_for_one(
    case: Case, production: Application, tmp_path: Path
) -> None:
    target = production.target
    dump = dumped(target, tmp_path / "dump.sql")
    case.loses(lambda shop: shop.execute("DELETE FROM message WHERE id > 1000"), target)
    finished = run_script(f"psql -q < {dump}", target)
    assert finished.returncode == 0
    assert target.contents()["public.message"].total() == 1000
    case.happens("psql ends with 0, and 2,000 messages are missing still")
    is_refused(
        case,
        lambda: start(production.configuration, trade),
        target,
        "shrunk",
        "naming 1,000 of 3,000 messages",
    )
    assert "public.message has 1,000 of 3,000" in check(production.configuration).message


@pytest.mark.incident(
    "O06", "an upgrade fails, then its restore fails for a missing role", by="identity, at start"
)
def test_a_failed_restore_does_not_become_a_first_start(
    laboratory: Laboratory, case: Case, production: Application, tmp_path: Path
) -> None:
    dump = dumped(production.target, tmp_path / "dump.sql")
    dump.write_text("SET ROLE role_of_the_old_host;\n" + dump.read_text())

    def begin(connection: psycopg.Connection) -> None:
        connection.execute("CREATE TABLE IF NOT EXISTS account (id bigint, email text)")
        connection.execute("INSERT INTO account VALUES (1, 'admin@example.org')")

    def removed_and_restored() -> Target:
        made = laboratory.empty()
        assert run_script(f"psql -qv ON_ERROR_STOP=1 < {dump}", made).returncode != 0
        return made

    works_there(case, begin, removed_and_restored(), "the application began anew, with one account")
    half = removed_and_restored()
    is_refused(case, lambda: start(production.leading_to(half), begin), half, "empty")


@pytest.mark.incident(
    "U07", "an update runs on a base copy that is two months old", by="identity, before migrations"
)
def test_an_older_copy_is_refused_before_its_migrations(
    laboratory: Laboratory, case: Case, production: Application
) -> None:
    def update(connection: psycopg.Connection) -> None:
        connection.execute("ALTER TABLE account ADD COLUMN of_version_2 text")
        connection.execute("INSERT INTO audit_entry VALUES (9001, 'updated', now())")

    old = laboratory.copied(production.target)
    start(production.configuration, trade)
    unnoticed = laboratory.copied(old)
    with unnoticed.connect() as connection:
        update(connection)
    missing = lost(production.target.contents(), unnoticed.contents())
    assert missing["public.orders"] == 600
    case.happens("the update succeeds; 600 orders of two months are missing")
    is_refused(
        case, lambda: start(production.leading_to(old), update), old, "rolled_back", "not migrated"
    )


@pytest.mark.incident(
    "W20", "a refresh job puts a snapshot over staging's newer rows", by="protection; identity"
)
def test_a_refresh_does_not_replace_newer_rows_unseen(
    laboratory: Laboratory, case: Case, tmp_path: Path
) -> None:
    staging = application(laboratory, tmp_path, "staging")
    snapshot = laboratory.copied(staging.target)
    start(staging.configuration, trade)

    def refresh(shop: Target) -> None:
        with psycopg.connect(**laboratory.server.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(f"DROP DATABASE {shop.name} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {shop.name} TEMPLATE {snapshot.name}".encode())

    losses = case.loses(refresh, staging.target)
    assert losses == {"public.orders": 600}
    is_refused(case, lambda: start(staging.configuration, trade), staging.target, "rolled_back")
    case.refuses(
        refresh,
        laboratory.guarded(protection={}),
        error=psycopg.errors.ObjectInUse,
        words="refused where staging is protected; else seen at the next start: `rolled_back`",
    )


@pytest.mark.incident(
    "U01", "a volume is copied, and one file arrives empty", by="identity: floors"
)
def test_a_copy_with_an_empty_file_is_shrunk(
    laboratory: Laboratory, case: Case, production: Application
) -> None:
    copy = laboratory.copied(production.target)
    with psycopg.connect(**laboratory.server.administrator(copy.name)) as connection:  # type: ignore[arg-type]
        row = connection.execute("SELECT pg_relation_filepath('message')").fetchone()
    assert row is not None
    assert laboratory.configuration.server is not None
    (laboratory.configuration.server.data_directory / row[0]).write_bytes(b"")
    assert lost(production.target.contents(), copy.contents()) == {"public.message": 3000}
    case.happens("the server starts without complaint; 3,000 messages are gone")
    is_refused(
        case, lambda: start(production.leading_to(copy), trade), copy, "shrunk", "naming the table"
    )


@pytest.mark.incident(
    "Y05", "users are removed one at a time, a hundred a day", by="identity: floors; keep = all"
)
def test_slow_losses_are_seen_when_they_come_to_a_fifth_between_two_backups(
    laboratory: Laboratory, case: Case, production: Application, tmp_path: Path
) -> None:
    def one_by_one(shop: Target, first: int, last: int) -> None:
        with shop.connect() as connection:
            for number in range(first, last):
                connection.execute("DELETE FROM account WHERE id = %s", (number,))

    target, configuration = production.target, production.configuration
    losses = case.loses(lambda shop: one_by_one(shop, 1, 101), target)
    assert losses["public.account"] == 100
    is_refused(case, lambda: start(configuration, trade), target, "shrunk", "after a day of it")

    slower = application(laboratory, tmp_path / "slower", "production")
    for day in range(3):  # with a backup each night, whose counts are the floors of the next day
        one_by_one(slower.target, 1 + day * 40, 41 + day * 40)
        assert check(slower.configuration).matches
        floors = {table: rows.total() for table, rows in slower.target.contents().items()}
        push_floors(
            slower.configuration,
            floors,
            backup_id=f"night-{day}",
            at=datetime.now(UTC),
        )
    strict = laboratory.guarded(keep={"public.account": "all"})
    case.refuses(
        lambda shop: one_by_one(shop, 1, 2),
        strict,
        words="`shrunk` after a day of 100; 40 a day, with a backup each night, is **not seen** "
        "unless the table keeps all its rows",
    )


@pytest.mark.incident(
    "P02", "a dump with DROP TABLE is loaded into the other primary", by="protection"
)
def test_a_dump_that_drops_first_drops_nothing(
    laboratory: Laboratory, case: Case, tmp_path: Path
) -> None:
    dump = dumped(laboratory.bare(), tmp_path / "drops.sql", "--clean", "--no-owner")

    def act(shop: Target) -> None:
        with_rows = dump.read_text()
        finished = shop.psql(with_rows[: with_rows.index("COPY ")], migrating=True)
        if "ERROR:" in finished.stderr:
            raise psycopg.errors.InsufficientPrivilege(finished.stderr.split("ERROR:")[1].strip())

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())
