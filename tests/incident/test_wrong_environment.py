"""A process of one environment whose address leads to another environment's database."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from applications import (
    STRONGROOM,
    Application,
    application,
    forwarded,
    is_refused,
    run_script,
    start,
    works_there,
)
from laboratory import Case, Laboratory, Target
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine

from strongroom.integrations.alembic import guard as guard_migrations
from strongroom.integrations.opening import ProcessDatabase
from strongroom.integrations.sqlalchemy import guard

RESET = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
ENV = """
from alembic import context
from sqlalchemy import NullPool, create_engine

engine = create_engine(context.config.attributes["address"], poolclass=NullPool)
with engine.connect() as connection:
    context.config.attributes["guard"](connection)
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = '''
from alembic import op

revision, down_revision, depends_on = "0001", None, None


def upgrade():
    op.execute("""{statement}""")
'''


@pytest.fixture
def production(laboratory: Laboratory, tmp_path: Path) -> Application:
    return application(laboratory, tmp_path, "production")


@pytest.fixture
def development(laboratory: Laboratory, tmp_path: Path) -> Application:
    return application(laboratory, tmp_path, "development")


@pytest.fixture
def staging(laboratory: Laboratory, tmp_path: Path) -> Application:
    return application(laboratory, tmp_path, "staging")


def migrate(directory: Path, statement: str, target: Target, guarded: object = None) -> None:
    """Run ``alembic upgrade head`` of a project with one revision."""
    versions = directory / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (directory / "migrations" / "env.py").write_text(ENV)
    (versions / "0001_reset.py").write_text(REVISION.format(statement=statement))
    config = Config()
    config.set_main_option("script_location", str(directory / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["address"] = target.url
    config.attributes["guard"] = guarded or (lambda _: None)
    command.upgrade(config, "head")


@pytest.mark.incident(
    "W01", "a local migration command with production's address", by="identity, before alembic"
)
def test_a_local_migration_does_not_run_on_production(
    laboratory: Laboratory,
    case: Case,
    production: Application,
    development: Application,
    tmp_path: Path,
) -> None:
    statement = "DROP TABLE message, orders, project, account CASCADE"
    case.loses(lambda shop: migrate(tmp_path, statement, shop), laboratory.bare())
    here = ProcessDatabase(development.leading_to(production.target))

    def act() -> None:
        migrate(tmp_path, statement, production.target, lambda c: guard_migrations(c, here))

    is_refused(case, act, production.target, "wrong_environment")


@pytest.mark.incident(
    "W02", "drop and create of tables on 'localhost', a forwarded port", by="identity, per engine"
)
def test_a_forwarded_port_does_not_make_production_local(
    laboratory: Laboratory,
    case: Case,
    production: Application,
    development: Application,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reset(engine: Engine) -> None:
        scores = Table("message", MetaData(), Column("id", Integer, primary_key=True))
        scores.drop(engine)
        scores.create(engine)

    bare = laboratory.bare()
    with forwarded(lambda: bare) as port:
        engine = create_engine(f"postgresql+psycopg://bare_app:bare@localhost:{port}/{bare.name}")
        case.loses(lambda _: reset(engine), bare)
        engine.dispose()
    with forwarded(lambda: production.target) as port:
        address = f"postgresql+psycopg://bare_app:bare@localhost:{port}/{production.target.name}"
        monkeypatch.setenv("DATABASE_URL", address)
        engine = guard(create_engine(address), ProcessDatabase(development.by_variable()))
        is_refused(case, lambda: reset(engine), production.target, "wrong_environment")
        engine.dispose()


@pytest.mark.incident(
    "W03", "a rebuild script in a shell that still leads to production", by="strongroom check"
)
def test_a_script_that_asks_first_does_not_rebuild_production(
    laboratory: Laboratory, case: Case, production: Application, development: Application
) -> None:
    rebuild = """
    psql -qv ON_ERROR_STOP=1 -d postgres -c "DROP DATABASE $PGDATABASE WITH (FORCE)" \
        -c "CREATE DATABASE $PGDATABASE" || exit
    psql -qc "CREATE TABLE account (id bigint)"
    """
    case.loses(lambda shop: run_script(rebuild, shop), laboratory.bare())
    configuration, target = development.by_variable(), production.target
    before = target.contents()
    finished = run_script(
        f"{STRONGROOM} --config {configuration.path} check || exit\n{rebuild}",
        target,
        DATABASE_URL=target.url.replace("+psycopg", ""),
    )
    assert finished.returncode == 13, finished.stderr
    assert target.contents() == before
    case.defended("`strongroom check || exit` ends the script with 13, `wrong_environment`")


@pytest.mark.incident(
    "W05", "a preview deployment migrates with production's address", by="identity, before alembic"
)
def test_a_preview_does_not_change_productions_schema(
    laboratory: Laboratory, case: Case, production: Application, tmp_path: Path
) -> None:
    statement = "ALTER TABLE account ADD COLUMN of_a_branch text"
    preview = application(laboratory, tmp_path, "preview")
    unguarded = laboratory.bare()
    migrate(tmp_path, statement, unguarded)
    with unguarded.connect() as connection:
        connection.execute("SELECT of_a_branch FROM account")
    case.happens("the branch's revision ran in production")
    here = ProcessDatabase(preview.leading_to(production.target))

    def act() -> None:
        migrate(tmp_path, statement, production.target, lambda c: guard_migrations(c, here))

    is_refused(case, act, production.target, "wrong_environment")


@pytest.mark.incident(
    "W06", "a development reset with production's DATABASE_URL", by="identity; protection"
)
def test_a_development_reset_does_not_reset_production(
    laboratory: Laboratory,
    case: Case,
    production: Application,
    development: Application,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case.loses(lambda shop: shop.execute(RESET), laboratory.bare())
    monkeypatch.setenv("DATABASE_URL", production.target.url)
    here = development.by_variable()
    is_refused(
        case,
        lambda: start(here, lambda connection: connection.execute(RESET)),
        production.target,
        "wrong_environment",
    )


@pytest.mark.incident("W07", "a staging build is deployed over production", by="identity, at start")
def test_a_staging_build_does_not_start_on_production(
    laboratory: Laboratory, case: Case, production: Application, staging: Application
) -> None:
    def seed(connection: psycopg.Connection) -> None:
        connection.execute("UPDATE account SET email = 'test+' || email")
        connection.execute("INSERT INTO audit_entry VALUES (9001, 'seeded for staging', now())")

    works_there(case, seed, laboratory.bare(), "staging's test data were written over production")
    moved = staging.leading_to(production.target)
    is_refused(case, lambda: start(moved, seed), production.target, "wrong_environment")


@pytest.mark.incident(
    "W11", "production is copied to staging, which then writes to people", by="identity, at start"
)
def test_staging_does_not_write_to_people_from_a_copy_of_production(
    laboratory: Laboratory, case: Case, production: Application, staging: Application
) -> None:
    sent: list[str] = []

    def send(connection: psycopg.Connection) -> None:
        sent.extend(row[0] for row in connection.execute("SELECT email FROM account"))

    copy = laboratory.copied(production.target)
    with copy.connect() as connection:
        send(connection)
    assert len(sent) == 363
    case.happens("363 people got staging's messages")
    sent.clear()
    is_refused(
        case, lambda: start(staging.leading_to(copy), send), copy, "wrong_environment", "sends none"
    )
    assert sent == []


@pytest.mark.incident(
    "W13", "--env=testing without its file falls back to the real one", by="identity, at connect"
)
def test_a_missing_file_of_settings_does_not_reset_the_real_database(
    laboratory: Laboratory,
    case: Case,
    production: Application,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / ".env").write_text(production.target.url)

    def address(environment: str) -> str:
        own = tmp_path / f".env.{environment}"
        return (own if own.exists() else tmp_path / ".env").read_text()

    case.loses(lambda shop: shop.execute(RESET), laboratory.bare())
    testing = application(laboratory, tmp_path, "testing")
    monkeypatch.setenv("DATABASE_URL", address("testing"))
    here = testing.by_variable()
    is_refused(
        case,
        lambda: start(here, lambda connection: connection.execute(RESET)),
        production.target,
        "wrong_environment",
    )


@pytest.mark.incident(
    "W15", "an agent explores by the address that it finds, and drops", by="roles, protection"
)
def test_what_an_agent_finds_in_the_environment_cannot_drop(
    laboratory: Laboratory, case: Case
) -> None:
    def act(shop: Target) -> None:
        finished = run_script('psql -c "DROP SCHEMA public CASCADE"', shop)
        if finished.returncode:
            raise psycopg.errors.InsufficientPrivilege(finished.stderr.split("ERROR:")[1].strip())

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident(
    "W17", "force-reset is chosen instead of reading a warning", by="identity; protection"
)
def test_a_forced_reset_is_refused_by_label_and_by_the_database(
    laboratory: Laboratory, case: Case, development: Application
) -> None:
    case.loses(lambda shop: shop.execute(RESET), laboratory.bare())
    guarded = laboratory.guarded()
    is_refused(
        case,
        lambda: start(
            development.leading_to(guarded), lambda connection: connection.execute(RESET)
        ),
        guarded,
        "wrong_environment",
        "before its first statement; past the gate, the database refuses it too",
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        guarded.execute(RESET, migrating=True)


@pytest.mark.incident(
    "W18", "an agent deletes in the only database during a freeze", by="protection: no permit"
)
def test_without_a_permit_nothing_is_deleted_from_the_only_database(
    laboratory: Laboratory, case: Case
) -> None:
    def act(shop: Target) -> None:
        failures = []
        for statement in ("DELETE FROM account", "TRUNCATE orders", "DROP TABLE message"):
            for migrating in (False, True):
                try:
                    shop.execute(statement, migrating=migrating)
                except psycopg.Error as error:
                    failures.append(error)
        if failures:
            raise failures[-1]

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded(), words="every statement refused: none has a permit")


@pytest.mark.incident(
    "G29", "db reset --linked takes the remote project for the local one", by="identity"
)
def test_a_linked_reset_does_not_reset_the_remote_project(
    laboratory: Laboratory, case: Case, production: Application, development: Application
) -> None:
    case.loses(lambda shop: shop.execute(RESET), laboratory.bare())
    linked = {True: production.target, False: development.target}
    is_refused(
        case,
        lambda: start(
            development.leading_to(linked[True]), lambda connection: connection.execute(RESET)
        ),
        production.target,
        "wrong_environment",
    )
    start(development.leading_to(linked[False]), lambda connection: connection.execute(RESET))
