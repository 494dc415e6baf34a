"""An address that leads to a database that is not ours: empty, somebody else's, another stack's."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from applications import (
    STRONGROOM,
    Application,
    application,
    dumped,
    forwarded,
    is_refused,
    run_script,
    start,
    traces,
    works_there,
)
from laboratory import Case, Laboratory, Target
from sqlalchemy import NullPool, create_engine, text

from strongroom.identity import open_database
from strongroom.integrations.sqlalchemy import guard

SEEDED = (
    "CREATE TABLE account (id bigint PRIMARY KEY, email text NOT NULL)",
    "INSERT INTO account VALUES (1, 'admin@example.org'), (2, 'demo@example.org')",
)
"""A database with the rows that an installation brings along."""
SIGN_UP = "INSERT INTO account VALUES (3, 'first@example.org')"


@pytest.fixture
def production(laboratory: Laboratory, tmp_path: Path) -> Application:
    return application(laboratory, tmp_path, "production")


def initialise(connection: psycopg.Connection) -> None:
    """Do what applications do with an empty database: make the schema, and a first user."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS account (id bigint PRIMARY KEY, email text UNIQUE NOT NULL,"
        " name text, password_hash text, role text, source text, disabled_at timestamptz,"
        " created_at timestamptz)"
    )
    connection.execute("INSERT INTO account VALUES (1, 'admin@example.org') ON CONFLICT DO NOTHING")


@pytest.mark.incident(
    "W04", "the configuration names a similar database with seed rows", by="identity, at start"
)
def test_a_similar_database_with_seed_rows_is_not_taken_for_ours(
    laboratory: Laboratory, case: Case, production: Application
) -> None:
    def sign_up(connection: psycopg.Connection) -> None:
        connection.execute(SIGN_UP)

    similar = laboratory.empty(*SEEDED)
    works_there(case, sign_up, similar, "the site shows nothing, and people sign up anew")
    moved = production.leading_to(similar)
    is_refused(case, lambda: start(moved, sign_up), similar, "foreign")


@pytest.mark.incident(
    "W09", "psql < dump without -d lands in the default database", by="strongroom check"
)
def test_a_dump_is_not_loaded_into_whatever_database_is_the_default(
    laboratory: Laboratory, case: Case, production: Application, tmp_path: Path
) -> None:
    dump = dumped(production.target, tmp_path / "dump.sql")
    default = laboratory.empty()
    load = f'psql -q "$DATABASE_URL" < {dump}'
    info = default.conninfo()
    without_name = f"host={info['host']} port={info['port']} user=bare_app"
    run_script(load, default, DATABASE_URL=without_name)
    assert default.contents()["public.account"].total() == 363
    case.happens("seven tables of the shop in the default database, none in the shop's")
    untouched = laboratory.empty()
    script = f"{STRONGROOM} --config {production.by_variable().path} check || exit\n{load}"
    finished = run_script(script, untouched, DATABASE_URL=without_name)
    assert finished.returncode == 11, finished.stderr
    assert untouched.contents() == {}
    case.defended("`strongroom check || exit` ends the script with 11, `empty`")


@pytest.mark.incident(
    "W10", "all migrations go into database postgres instead of one's own", by="identity, at start"
)
def test_migrations_do_not_go_into_the_database_that_is_always_there(
    laboratory: Laboratory, case: Case, production: Application
) -> None:
    works_there(case, initialise, laboratory.empty(), "the schema was made in another database")
    postgres = laboratory.empty()
    moved = production.leading_to(postgres)
    is_refused(case, lambda: start(moved, initialise), postgres, "empty")


@pytest.mark.incident(
    "W12", "DROP DATABASE on the original instead of the clone", by="the bar to DROP DATABASE"
)
def test_the_original_is_not_dropped_in_the_clones_stead(
    laboratory: Laboratory, case: Case
) -> None:
    def act(shop: Target) -> None:
        info = laboratory.server.administrator()  # a person who may do anything
        with psycopg.connect(**info, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(f"DROP DATABASE {shop.name} WITH (FORCE)".encode())

    bare = laboratory.bare()
    act(bare)
    with pytest.raises(psycopg.OperationalError):
        bare.contents()
    case.happens("the database was gone")
    case.refuses(
        act,
        laboratory.guarded(protection={}),
        error=psycopg.errors.ObjectInUse,
        words="refused, to a superuser too: the database has a subscription that bars it",
    )


@pytest.mark.incident(
    "W16", "a reset is accepted, then the address leads to a new database", by="protection, pin"
)
def test_neither_the_reset_nor_the_new_address_goes_through(
    laboratory: Laboratory, case: Case, production: Application
) -> None:
    def reset(shop: Target) -> None:
        shop.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public", migrating=True)

    case.loses(reset, laboratory.bare())
    case.refuses(reset, laboratory.guarded())
    new = laboratory.empty()
    moved = production.leading_to(new)
    is_refused(
        case, lambda: start(moved, initialise), new, "empty", "and the reset is refused before"
    )


@pytest.mark.incident(
    "W19", "behind one address, two connections reach two databases", by="identity, per connection"
)
def test_every_connection_is_asked_where_it_leads(
    laboratory: Laboratory,
    case: Case,
    production: Application,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = laboratory.empty(*SEEDED)
    behind = [production.target]
    with forwarded(lambda: behind[-1]) as port:
        address = f"postgresql+psycopg://bare_app:bare@localhost:{port}/shop"
        engine = create_engine(address, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO audit_entry VALUES (9001, 'raw SQL', now())"))
        behind.append(elsewhere)
        with engine.begin() as connection:
            connection.execute(text(SIGN_UP))
        case.happens("raw SQL wrote into one database, the ORM into another")
        behind.pop()
        monkeypatch.setenv("DATABASE_URL", address)
        with open_database(production.by_variable()) as database:
            guarded = guard(create_engine(address, poolclass=NullPool), database)
            with guarded.connect():
                behind.append(elsewhere)
            is_refused(case, guarded.connect, elsewhere, "foreign", "the connection that strays")


@pytest.mark.incident(
    "U09", "two versions of one stack side by side on one database", by="identity, at start"
)
def test_a_second_stack_does_not_migrate_the_first_ones_database(
    laboratory: Laboratory, case: Case, production: Application, tmp_path: Path
) -> None:
    def downgrade(connection: psycopg.Connection) -> None:
        connection.execute("DROP TABLE asset, audit_entry")

    works_there(case, downgrade, laboratory.bare(), "the other version's migration dropped tables")
    second = application(laboratory, tmp_path / "second", "production")
    moved = second.leading_to(production.target)
    is_refused(case, lambda: start(moved, downgrade), production.target, "foreign")


@pytest.mark.incident(
    "O05", "a dump is loaded into a stack that has initialised itself", by="identity, at start"
)
def test_a_stack_does_not_initialise_itself_where_a_dump_is_to_come(
    laboratory: Laboratory, case: Case, production: Application, tmp_path: Path
) -> None:
    dump = dumped(production.target, tmp_path / "dump.sql")
    begun = laboratory.empty()
    works_there(case, initialise, begun, "none of 363 accounts came back: one was there already")
    run_script(f"psql -q < {dump}", begun)
    assert begun.contents()["public.account"].total() == 1
    waiting = laboratory.empty()
    moved = production.leading_to(waiting)
    is_refused(
        case, lambda: start(moved, initialise), waiting, "empty", "so that the dump comes in whole"
    )
    run_script(f"psql -q < {dump}", waiting)
    assert waiting.contents() == production.target.contents()


@pytest.mark.incident(
    "I07", "every run of the pipeline makes a database of another name", by="identity, at start"
)
def test_a_database_of_a_new_name_is_not_a_first_start(
    laboratory: Laboratory, case: Case, production: Application
) -> None:
    works_there(case, initialise, laboratory.empty(), "the shop began anew, with one account")
    second_run = laboratory.empty()
    before = traces(production.target)
    moved = production.leading_to(second_run)
    is_refused(case, lambda: start(moved, initialise), second_run, "empty")
    assert traces(production.target) == before
