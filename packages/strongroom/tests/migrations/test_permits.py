"""On a protected database the guards let exactly the migration's own losses pass."""

from typing import TYPE_CHECKING

import psycopg
import pytest

from strongroom.errors import MigrationRefusedError
from strongroom.identity import check, open_database
from strongroom.migrations import Request, migrate
from strongroom.permits import listed
from strongroom.postgres.connections import connect_as_configured as connect

if TYPE_CHECKING:
    from conftest import App

DECLARED = """
strongroom_effects = [
    "drop_column public.runner columns=email",
    "delete public.run rows=500",
    "update public.route columns=name rows=200",
    "drop_constraint public.run columns=runner_id",
]
"""
LOSING = """
op.drop_column("runner", "email")
op.execute("DELETE FROM run WHERE id <= 500")
op.execute("UPDATE route SET name = upper(name)")
op.drop_constraint("run_runner_id_fkey", "run")
"""


def test_declared_losses_pass_the_guards_by_one_permit_that_is_used_up(app: "App") -> None:
    app.revision("0002", LOSING, head=DECLARED)
    done = migrate(app.configuration, app.ini)
    assert done.applied == ("0002",)
    assert app.rows("SELECT count(*) FROM run") == [(500,)]
    with open_database(app.configuration) as database, connect(database.administrator()) as c:
        (permit,) = listed(c)
        assert permit.condition == "used"
    with (
        open_database(app.configuration) as database,
        connect(database.conninfo("migrator")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SET ROLE club_owner; DROP TABLE run")
    assert check(app.configuration).matches


def test_a_drop_of_a_table_wants_a_person_even_when_it_is_declared(app: "App") -> None:
    app.revision(
        "0002", 'op.drop_table("lap")', head='strongroom_effects = "drop_table public.lap"'
    )
    before = app.facts()
    with pytest.raises(MigrationRefusedError, match="policy wants a person"):
        migrate(app.configuration, app.ini)
    assert app.facts() == before
    asked: list[Request] = []

    def agree(request: Request) -> str:
        asked.append(request)
        return "terminal"

    done = migrate(app.configuration, app.ini, confirm=agree)
    assert done.applied == ("0002",)
    assert asked[0].personal == ("drop_table public.lap",)
    assert check(app.configuration).matches


def test_revisions_of_their_own_transactions_get_permits_of_their_own(app: "App") -> None:
    (app.scripts / "env.py").write_text(
        (app.scripts / "env.py")
        .read_text()
        .replace("target_metadata=None", "transaction_per_migration=True")
    )
    app.revision(
        "0002",
        'op.drop_column("runner", "email")',
        head='strongroom_effects = ["drop_column public.runner columns=email"]',
    )
    app.revision(
        "0003",
        'op.drop_column("route", "name")',
        down="0002",
        head='strongroom_effects = ["drop_column public.route columns=name"]',
    )
    made = "CREATE TABLE step AS TABLE lap; CREATE TABLE crumb AS TABLE lap"
    app.revision("0004", f"op.execute('{made}')", down="0003")
    app.revision(
        "0005",
        """
        op.execute("UPDATE step SET name = upper(name)")
        op.execute("DELETE FROM crumb WHERE id > 10")
        op.execute("DO $$ BEGIN EXECUTE 'DELETE FROM step WHERE id > 10'; END $$")
        """,
        down="0004",
    )
    app.revision("0006", 'op.execute("TRUNCATE step")\nop.drop_table("crumb")', down="0005")
    done = migrate(app.configuration, app.ini)
    assert done.applied == ("0002", "0003", "0004", "0005", "0006")


def test_a_table_that_the_same_migration_made_may_go_again(app: "App") -> None:
    app.revision(
        "0002",
        'op.create_table("step", sa.Column("id", sa.Integer))\nop.drop_table("step")',
    )
    assert migrate(app.configuration, app.ini).applied == ("0002",)


def test_an_old_table_does_not_go_as_a_partition_of_a_new_one(app: "App") -> None:
    with (
        open_database(app.configuration) as database,
        connect(database.conninfo("migrator")) as connection,
    ):
        connection.execute("SET ROLE club_owner")
        connection.execute(
            "CREATE TABLE bait (id integer NOT NULL, name text) PARTITION BY LIST (id)"
        )
        connection.execute("ALTER TABLE bait ATTACH PARTITION route DEFAULT")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"public\.route"):
            connection.execute("DROP TABLE bait")


def test_nobody_makes_an_old_table_pass_for_a_new_one(app: "App") -> None:
    with (
        open_database(app.configuration) as database,
        connect(database.conninfo("migrator")) as connection,
    ):
        connection.execute("SET ROLE club_owner")
        connection.execute("ALTER TABLE route ADD COLUMN note text")
        connection.execute("GRANT SELECT (tableoid) ON route TO PUBLIC")
        with (
            pytest.raises(psycopg.errors.EventTriggerProtocolViolated),
            connection.transaction(),
        ):
            connection.execute("SELECT strongroom_guard.note_made('route'::regclass)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"public\.route"):
            connection.execute("DROP TABLE route")
