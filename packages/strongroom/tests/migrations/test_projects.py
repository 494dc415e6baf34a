"""Ordinary projects work as they are, and what is wrong with one is said in a sentence."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.config import Config

from strongroom.backups import listed
from strongroom.errors import MigrationError
from strongroom.identity import open_database
from strongroom.migrations import alembic_config, journal, migrate, plan
from strongroom.migrations.heads import steps_left
from strongroom.migrations.journal import Pending, pending_migration
from strongroom.migrations.project import Project, name_of

if TYPE_CHECKING:
    from conftest import App

ADD = 'op.add_column("runner", sa.Column("club", sa.Text))'
HEAD = "from alembic import context\nimport sqlalchemy as sa\n"
ENV = """
with sa.create_engine("postgresql+psycopg://x@127.0.0.1:1/x"{arguments}).connect() as connection:
    {first}
    context.configure(connection=connection{options})
    with context.begin_transaction():
        context.run_migrations()
"""
SET_PATH = 'connection.execute(sa.text("SET search_path TO app")); connection.commit()'
ASYNC_ENV = """
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(
        "postgresql+asyncpg://x@127.0.0.1:1/x",
        connect_args={"server_settings": {"search_path": "app"}},
    )
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()

asyncio.run(main())
"""


def _env(*, arguments: str = "", first: str = "", options: str = "") -> str:
    return HEAD + ENV.format(arguments=arguments, first=first, options=options)


# How env.py says where its tables are, and the version table that follows from it.
PLACES = {
    "settings of its connections": (
        _env(arguments=', connect_args={"options": "-csearch_path=app"}'),
        "app.alembic_version",
    ),
    "settings of asyncpg's": (ASYNC_ENV, "app.alembic_version"),
    "a statement of its own": (_env(first=SET_PATH), "app.alembic_version"),
    "a name for the version table": (
        _env(first=SET_PATH, options=', version_table="place"'),
        "app.place",
    ),
    "a schema for the version table": (
        _env(first=SET_PATH, options=', version_table_schema="public"'),
        "public.alembic_version",
    ),
}


def test_tables_are_made_where_env_py_wants_them_and_its_version_table_is_no_loss(
    app: "App",
) -> None:
    app.execute("CREATE SCHEMA app AUTHORIZATION club_owner")
    for table in ("alembic_version", "place"):
        app.execute(f"CREATE TABLE app.{table} AS TABLE public.alembic_version")
        app.execute(f"ALTER TABLE app.{table} OWNER TO club_owner")
    for number, (how, (env, table)) in enumerate(PLACES.items()):
        (app.scripts / "env.py").write_text(env)
        app.revision("0002", f'op.create_table("t{number}", sa.Column("id", sa.Integer))')
        made = plan(app.configuration, app.ini)
        assert (made.losses, made.version_table) == ((), table), how
        rehearse = number in {0, 3}  # it costs seconds, and nothing else differs between them
        assert migrate(app.configuration, app.ini, rehearse=rehearse).applied == ("0002",), how
        assert app.rows(f"SELECT version_num FROM {table}") == [("0002",)], how
        assert app.rows(f"SELECT to_regclass('app.t{number}') IS NOT NULL") == [(True,)], how
        app.execute(f"UPDATE {table} SET version_num = '0001'")


# A file that is changed, with what for; where to; and what is said then.
WRONG = {
    "a target that is not there": ({}, "upgrade", "nowhere", "locate revision"),
    "a way down that is not there": ({}, "downgrade", "nowhere", "locate revision"),
    "further than there is": ({}, "upgrade", "+9", "Relative revision"),
    "a revision whose parent is missing": ({"down": "lost"}, "upgrade", "head", "'lost'"),
    "two heads": ({"down": "0001", "name": "0003"}, "upgrade", "head", "Multiple head"),
    "two databases": (
        {"env": _env() + _env().replace("127.0.0.1", "127.0.0.2")},
        "upgrade",
        "head",
        "several databases",
    ),
    "two schemas": ({"env": _env() + _env()}, "upgrade", "head", "2 migration contexts"),
    "an argument that is asked for": (
        {"env": HEAD + 'context.get_x_argument(as_dictionary=True)["tenant"]\n'},
        "upgrade",
        "head",
        "KeyError: 'tenant'",
    ),
    "an end": ({"env": "raise SystemExit(0)"}, "upgrade", "head", "SystemExit"),
}


@pytest.mark.filterwarnings("ignore:Revision lost")
def test_what_is_wrong_with_a_project_is_said(app: "App") -> None:
    app.revision("0002", ADD)
    env = (app.scripts / "env.py").read_text()
    with open_database(app.configuration) as database:
        for what, (change, direction, target, said) in WRONG.items():
            other = app.scripts / "versions" / f"{change.get('name', '0009')}.py"
            if "down" in change:
                app.revision(other.stem, "pass", down=change["down"])
            if "env" in change:
                (app.scripts / "env.py").write_text(change["env"])
            with pytest.raises(MigrationError) as wrong:
                plan(database, app.ini, target=target, direction=direction)  # type: ignore[arg-type]
            assert said in wrong.value.message, what
            assert wrong.value.next_step, what
            other.unlink(missing_ok=True)
            (app.scripts / "env.py").write_text(env)


def test_a_database_at_a_revision_that_is_not_here_is_told(app: "App") -> None:
    app.execute("UPDATE alembic_version SET version_num = 'gone'")
    with pytest.raises(MigrationError, match="gone"):
        migrate(app.configuration, app.ini)


def test_what_env_py_asks_for_is_given(app: "App") -> None:
    asking = (
        'context.get_x_argument(as_dictionary=True)["tenant"]\ncontext.get_revision_argument()\n'
    )
    (app.scripts / "env.py").write_text(HEAD + asking + _env())
    app.revision("0002", ADD)
    made = plan(app.configuration, alembic_config(app.ini, x=["tenant=a"]))
    assert [one.revision for one in made.revisions] == ["0002"]


def test_a_pyproject_is_a_configuration_too(app: "App", tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nsqlalchemy.url = postgresql+psycopg://x/x\n")
    (tmp_path / "pyproject.toml").write_text(f'[tool.alembic]\nscript_location = "{app.scripts}"\n')
    assert plan(app.configuration, tmp_path).current == ("0001",)
    (tmp_path / "alembic.ini").unlink()
    assert [name_of(one) for one in _course(alembic_config(tmp_path), "head").steps] == ["0001"]


def _course(config: Config, target: str, begins: tuple[str, ...] = ()) -> object:
    return Project(config).course("upgrade", target, begins)


def test_a_relative_target_leads_to_one_place_however_often_it_is_begun(app: "App") -> None:
    for name, down in (("0002", "0001"), ("0003", "0002"), ("0004", "0003")):
        app.revision(name, f'op.add_column("run", sa.Column("c{name}", sa.Text))', down=down)
    steps = _course(alembic_config(app.ini), "+2", ("0001",)).steps
    assert [name_of(one) for one in steps_left(steps, ("0001",), ("0002",))] == ["0003"]
    assert steps_left(steps, ("0001",), ("0003",)) == []
    with pytest.raises(MigrationError, match="somebody else"):
        steps_left(steps, ("0001",), ("0004",))
    for applied in ("0002", "0003"):
        done = migrate(app.configuration, app.ini, target="+1", rehearse=False)
        assert (done.applied, done.proof) == ((applied,), None)
        assert pending_migration(app.configuration) is None
    # As a kill leaves it between two transactions: begun at 0001, on the way to 0004.
    names = ("0002", "0003", "0004")
    begun = Pending("2024", "upgrade", ("0001",), names, None, None, None, None, ("0004",))
    journal.begin(app.configuration, begun)
    done = migrate(app.configuration, app.ini, rehearse=False)
    assert done.applied == ("0004",)
    assert "in part: the database stands at 0003" in done.notes[0]


def test_a_young_backup_will_do_for_what_loses_nothing_whatever_was_made_since(app: "App") -> None:
    app.execute("CREATE TABLE made_since (id integer)")
    app.revision("0002", ADD)
    done = migrate(app.configuration, app.ini)
    assert done.proof is not None
    assert [one.backup_id for one in listed(app.configuration)] == [done.proof.manifest.backup_id]
