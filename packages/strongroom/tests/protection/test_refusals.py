from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.errors import InsufficientPrivilege

from .conftest import ROLES, Guarded

LOSSES = [
    "DROP TABLE lap",
    'DROP TABLE "Odd name"',
    "DROP TABLE run CASCADE",
    "DROP TABLE week",
    "DROP TABLE week_1",
    "DROP TABLE IF EXISTS extra.kept, small",
    "DROP SCHEMA extra CASCADE",
    "DROP SCHEMA public CASCADE",
    f"DROP OWNED BY {ROLES.owner} CASCADE",
    "DROP SEQUENCE counting",
    "DROP SEQUENCE run_id_seq CASCADE",
    "DROP TYPE pace CASCADE",
    "ALTER TABLE run DROP COLUMN note",
    "ALTER TABLE run ALTER km TYPE bigint",
    "ALTER TABLE lap SET UNLOGGED",
    "TRUNCATE lap",
    "TRUNCATE run CASCADE",
    "TRUNCATE run, lap RESTART IDENTITY",
    "TRUNCATE week",
    "TRUNCATE week_2",
    "DELETE FROM run",
    "DELETE FROM run WHERE id <= 300",
    "DELETE FROM run WHERE id IN (SELECT id FROM run LIMIT 201)",
    "WITH gone AS (DELETE FROM lap RETURNING id) SELECT count(*) FROM gone",
    "DELETE FROM small",
    "DELETE FROM week",
    "DELETE FROM week_1",
    "DELETE FROM \"Odd name\" WHERE told = 'x'",
    "MERGE INTO run USING lap ON run.id = lap.run WHEN MATCHED THEN DELETE",
    "UPDATE run SET km = km * 2",
    "UPDATE run SET km = 0 WHERE id > 500",
    'UPDATE "Odd name" SET told = NULL',
    "INSERT INTO lap SELECT id, NULL FROM lap ON CONFLICT (id) DO UPDATE SET run = NULL",
    "ALTER TABLE run DISABLE TRIGGER strongroom_delete",
    "ALTER TABLE small DISABLE TRIGGER ALL",
    "ALTER TABLE run ENABLE REPLICA TRIGGER strongroom_delete",
    "DROP TRIGGER strongroom_truncate ON run",
    "ALTER TRIGGER strongroom_delete ON run RENAME TO other",
    (
        "CREATE OR REPLACE TRIGGER strongroom_truncate BEFORE TRUNCATE ON run FOR EACH STATEMENT "
        "WHEN (false) EXECUTE FUNCTION strongroom_guard.guard_truncate()"
    ),
    "DROP FUNCTION strongroom_guard.guard_delete() CASCADE",
    "DROP SCHEMA strongroom CASCADE",
    "DROP TABLE strongroom.epoch",
    "SET session_replication_role = replica",
    "DO $$ BEGIN EXECUTE 'DROP ' || 'TABLE lap'; END $$",
    (
        "CREATE OR REPLACE FUNCTION strongroom_guard.guard_truncate() RETURNS trigger "
        "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    ),
    "DROP EVENT TRIGGER strongroom_drop",
    "DELETE FROM strongroom_guard.setting",
    "UPDATE strongroom_guard.rule SET keep = 'none'",
]


@pytest.mark.parametrize("statement", LOSSES)
def test_the_owner_of_the_tables_is_refused_every_loss(shared: Guarded, statement: str) -> None:
    with (
        shared.owner(autocommit=True) as connection,
        pytest.raises(psycopg.Error) as refused,
    ):
        connection.execute(statement.encode())
    assert isinstance(
        refused.value, InsufficientPrivilege | psycopg.errors.DependentObjectsStillExist
    )
    assert shared.rows("run") == 1000
    assert shared.rows("lap") == 1000


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM run", "UPDATE run SET km = 0", "TRUNCATE run CASCADE", "DROP TABLE lap"],
)
def test_the_application_is_refused_as_well(shared: Guarded, statement: str) -> None:
    with shared.application() as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement.encode())


@pytest.mark.parametrize("statement", ["DROP TABLE lap", "TRUNCATE lap", "DELETE FROM lap"])
def test_a_superuser_who_switches_nothing_off_is_refused_too(
    shared: Guarded, statement: str
) -> None:
    with shared.administrator() as connection:
        connection.execute("SET session_replication_role = replica")
        with pytest.raises(InsufficientPrivilege, match="strongroom"):
            connection.execute(statement.encode())
    assert shared.rows("lap") == 1000


def test_psql_is_refused_and_told_what_helps(guarded: Guarded) -> None:
    info = guarded.conninfo(ROLES.migrator)
    finished = subprocess.run(
        [
            guarded.server.binaries.tool("psql"),
            f"--host={info['host']}",
            f"--port={info.get('port', 5432)}",
            f"--username={ROLES.migrator}",
            guarded.name,
            f"--command=SET ROLE {ROLES.owner}",
            "--command=DROP TABLE lap",
            "--command=TRUNCATE lap",
            "--command=DELETE FROM lap",
        ],
        env={"PGPASSWORD": str(info["password"])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stderr.count("strongroom: ") == 3
    assert "strongroom permit ask 'drop_table public.lap'" in finished.stderr
    assert guarded.rows("lap") == 1000


def test_sqlalchemy_resets_nothing(guarded: Guarded) -> None:
    engine = sa.create_engine("postgresql+psycopg://", creator=guarded.owner)
    reflected = sa.MetaData()
    reflected.reflect(engine, only=["run", "lap"])
    resets: list[Callable[[], object]] = [
        lambda: reflected.drop_all(engine),
        lambda: _executed(engine, reflected.tables["lap"].delete()),
        lambda: _executed(engine, reflected.tables["run"].update().values(km=0)),
    ]
    for reset in resets:
        with pytest.raises(sa.exc.ProgrammingError, match="strongroom"):
            reset()
    engine.dispose()
    assert (guarded.rows("run"), guarded.rows("lap")) == (1000, 1000)


def _executed(engine: sa.Engine, statement: sa.Executable) -> None:
    with engine.begin() as connection:
        connection.execute(statement)


DJANGO = """
import sys, django
from django.conf import settings
host, name, user, password, owner = sys.argv[1:]
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "HOST": host, "NAME": name, "USER": user,
        "PASSWORD": password, "OPTIONS": {"assume_role": owner},
    }},
    USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()
from django.core.management import call_command
from django.contrib.auth.models import Group, User
from django.db import connection
call_command("migrate", verbosity=0)
for n in range(60):
    User.objects.create_user(f"runner{n}")
Group.objects.create(name="club").user_set.add(*User.objects.all())
User.objects.filter(username="runner1").delete()
for reset in (
    lambda: call_command("flush", interactive=False, verbosity=0),
    lambda: User.objects.all().delete(),
    lambda: User.objects.update(username="x"),
    lambda: call_command("migrate", "auth", "zero", verbosity=0),
):
    try:
        reset()
    except Exception as error:
        chain = f"{error} {error.__cause__}"
        assert "strongroom" in chain or "duplicate" in chain, chain
    else:
        raise SystemExit("a reset went through")
print(User.objects.count())
"""


def test_django_lives_on_a_protected_database_and_resets_nothing(guarded: Guarded) -> None:
    info = guarded.conninfo(ROLES.migrator)
    arguments = [str(info["host"]), guarded.name, ROLES.migrator, str(info["password"])]
    finished = subprocess.run(
        [sys.executable, "-c", DJANGO, *arguments, ROLES.owner],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stdout.strip() == "59", finished.stderr


def test_a_database_is_not_dropped_even_with_force(guarded: Guarded) -> None:
    from strongroom.protection.installing import bar_drop_database

    with guarded.administrator() as connection, connection.transaction():
        bar_drop_database(connection)
    with (
        psycopg.connect(**guarded.server.administrator(), autocommit=True) as outside,
        pytest.raises(psycopg.errors.ObjectInUse),
    ):
        outside.execute(f"DROP DATABASE {guarded.name} WITH (FORCE)".encode())
    assert guarded.rows("run") == 1000


def test_a_new_table_and_a_new_partition_are_guarded_at_once(guarded: Guarded) -> None:
    with guarded.owner(autocommit=True) as connection:
        connection.execute("CREATE TABLE fresh AS SELECT generate_series(1, 100) AS id")
        connection.execute(
            "CREATE TABLE week_3 PARTITION OF week FOR VALUES FROM ('2026-01-15') TO ('2026-01-22')"
        )
        connection.execute("INSERT INTO week_3 SELECT '2026-01-15', generate_series(1, 100)")
        for table in ("fresh", "week_3"):
            for loss in ("DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"):
                with pytest.raises(InsufficientPrivilege, match="strongroom"):
                    connection.execute(loss.format(table).encode())


def test_a_truncate_takes_no_row_that_its_snapshot_does_not_see(guarded: Guarded) -> None:
    with guarded.owner(autocommit=True) as other:
        other.execute("CREATE TABLE late (id int)")
    with guarded.owner() as connection, guarded.owner(autocommit=True) as other:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SELECT 1 FROM run")
        other.execute("INSERT INTO late VALUES (1)")
        with pytest.raises(InsufficientPrivilege, match="strongroom"):
            connection.execute("TRUNCATE late")


def test_row_security_does_not_hide_rows_from_the_guard(guarded: Guarded) -> None:
    with guarded.owner(autocommit=True) as connection:
        connection.execute("ALTER TABLE run ENABLE ROW LEVEL SECURITY")
        connection.execute(
            f"CREATE POLICY few ON run TO {ROLES.application} USING (id <= 100)".encode()
        )
    with guarded.application(autocommit=True) as connection:
        gone = connection.execute("DELETE FROM run WHERE id <= 60")  # 60 of 1,000: below the limit
        assert gone.rowcount == 60
