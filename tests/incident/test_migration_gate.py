"""Migrations that lose rows: written by hand, by Alembic itself, or as Python.

The database is pinned and not protected: only the gate stands before its rows.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic_projects import AlembicProject, connecting, tables
from laboratory import Case, Laboratory, Target
from sqlalchemy import Column, Integer, MetaData, Table
from suites import pinned_bare

from strongroom.backups import listed
from strongroom.errors import BackupError, MigrationRefusedError, RefusedError, StorageError
from strongroom.identity import check
from strongroom.migrations import Request

SHOP = ("execution", "audit_entry", "asset", "message", "orders", "project", "account")
RESET = "".join(f'op.execute("DROP TABLE {one} CASCADE")\n' for one in SHOP)
ANEW = 'op.execute("CREATE TABLE account (id bigint PRIMARY KEY, email text)")\n'


@pytest.fixture
def project(tmp_path: Path) -> AlembicProject:
    return AlembicProject.made(tmp_path / "migrations")


def replay(
    laboratory: Laboratory,
    case: Case,
    project: AlembicProject,
    directory: Path,
    told: tuple[str, str],
    *prepared: str,
) -> None:
    """Run what the project has pending: by Alembic alone, then by the guarded migration.

    ``told``: an effect that the refusal names, and what it says in short.
    """
    effect, words = told

    def shop(target: Target) -> Target:
        target.execute(*prepared)
        return target

    case.loses(project.bare, shop(laboratory.bare()))
    target, configuration = pinned_bare(laboratory, directory)

    def act(there: Target) -> None:
        with pytest.raises(MigrationRefusedError) as refusal:
            project.gated(there, configuration)
        assert effect in refusal.value.message
        raise refusal.value

    case.refuses(act, shop(target), error=MigrationRefusedError, words=words)
    assert "alembic_version" not in tables(target)
    assert check(configuration).matches


@pytest.mark.incident("G07", "downgrade base as a verification step, twice", by="migration gate")
def test_a_downgrade_to_base_is_no_way_to_verify_a_migration(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    for number, name in enumerate(("note", "tag", "badge"), start=1):
        project.revision(
            f"000{number}",
            f'op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True))',
            down=f"000{number - 1}" if number > 1 else None,
            downgrade=f'op.drop_table("{name}")',
        )

    def shop(target: Target) -> Target:
        project.bare(target)
        target.execute("INSERT INTO note SELECT generate_series(1, 80)")
        return target

    def verified(target: Target) -> None:
        for _ in range(2):
            project.bare(target, "downgrade", "base")
            project.bare(target)

    case.loses(verified, shop(laboratory.bare()))
    target, configuration = pinned_bare(laboratory, tmp_path / "app")
    shop(target)
    for _ in range(2):
        case.refuses(
            lambda there: project.guarded(there, configuration, "downgrade", "base"),
            target,
            error=MigrationRefusedError,
        )
    project.guarded(target, configuration, "upgrade", "head")


@pytest.mark.incident(
    "G12", "a wish to wipe is put into the deploy", by="migration gate, proven backup"
)
def test_a_wipe_that_is_meant_needs_a_declaration_a_person_and_a_proven_backup(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    upgrade = 'op.drop_table("audit_entry")'
    project.revision("0001", upgrade)
    case.loses(project.bare, laboratory.bare())
    target, pinned = pinned_bare(laboratory, tmp_path / "app")
    # The server knows the roles of an application "shop"; in this database nobody but its owner.
    configuration = replace(pinned, application="bare")
    case.refuses(
        lambda there: project.gated(there, configuration),
        target,
        error=MigrationRefusedError,
        words="refused; passes when declared and agreed to, with a proven backup behind it",
    )
    project.revision("0001", upgrade, effects=("drop_table public.audit_entry",))
    asked: list[Request] = []

    def agrees(request: Request) -> str:
        asked.append(request)
        return "terminal"

    done = project.gated(target, configuration, confirm=agrees)
    assert asked[0].personal == ("drop_table public.audit_entry",)
    assert "audit_entry" not in tables(target)
    assert done.proof is not None
    assert done.proof.record.verdict == "proven"
    assert done.proof.manifest.backup_id in [one.backup_id for one in listed(configuration)]


@pytest.mark.incident("G16", "a table is rebuilt without its rows", by="migration gate")
def test_a_rebuild_that_forgets_the_rows_is_seen_on_the_copy(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    project.revision(
        "0001",
        """
        op.execute("CREATE TABLE message_new (LIKE message INCLUDING ALL)")
        op.execute("DROP TABLE message")
        op.execute("ALTER TABLE message_new RENAME TO message")
        """,
    )
    replay(
        laboratory,
        case,
        project,
        tmp_path / "app",
        (
            "delete public.message rows=3000",
            "refused: deletes 3,000 rows of message on the copy",
        ),
    )


@pytest.mark.incident("G18", "four columns are dropped and added as they were", by="migration gate")
def test_columns_that_come_back_empty_are_seen_on_the_copy(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    columns = ("name", "password_hash", "role", "source")
    project.revision(
        "0001",
        "".join(
            f'op.drop_column("account", "{one}")\n'
            f'op.add_column("account", sa.Column("{one}", sa.Text))\n'
            for one in columns
        ),
    )
    replay(
        laboratory,
        case,
        project,
        tmp_path / "app",
        (
            "drop_column public.account columns=source",
            "refused: drops four columns of account on the copy",
        ),
    )


def autogenerated(project: AlembicProject, target: Target, models: MetaData) -> None:
    """``alembic revision --autogenerate`` on this database, with these models."""
    config = project.config(target, metadata=models)
    command.revision(config, "generated", autogenerate=True, rev_id="0001")


def replay_autogenerated(
    laboratory: Laboratory, case: Case, project: AlembicProject, target: Target, directory: Path
) -> None:
    """Apply what Alembic has generated: by itself, and with the gate's two lines in ``env.py``."""
    configuration = laboratory.pinned(target, directory, "production")
    case.loses(project.bare, laboratory.copied(target))
    case.refuses(
        lambda there: project.guarded(there, configuration, "upgrade", "head"),
        target,
        error=MigrationRefusedError,
    )


@pytest.mark.incident("G23", "autogenerate without models drops every table", by="migration gate")
def test_a_revision_generated_without_models_is_refused(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    target = laboratory.bare()
    for table in ("project", "orders", "message"):  # Alembic drops them in any order
        target.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_account_id_fkey")
    autogenerated(project, target, MetaData())
    assert project.text("0001").count("op.drop_table") >= len(SHOP)
    replay_autogenerated(laboratory, case, project, target, tmp_path / "app")


@pytest.mark.incident(
    "G24", "autogenerate drops the tables of the admin panel", by="migration gate"
)
def test_tables_of_another_chain_are_not_dropped_with_ours(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    target = laboratory.bare()
    target.execute(
        "CREATE TABLE admin_session (id integer PRIMARY KEY)",
        "INSERT INTO admin_session SELECT generate_series(1, 40)",
    )
    models = reflected(target)
    models.remove(models.tables["admin_session"])
    autogenerated(project, target, models)
    assert "op.drop_table('admin_session')" in project.text("0001")
    replay_autogenerated(laboratory, case, project, target, tmp_path / "app")


@pytest.mark.incident("G25", "one drop is hidden among twenty additions", by="migration gate")
def test_a_drop_among_many_additions_is_not_overlooked(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    target = laboratory.bare()
    target.execute(
        "CREATE TABLE heartbeat_items (id integer PRIMARY KEY)",
        "INSERT INTO heartbeat_items SELECT generate_series(1, 12)",
    )
    models = reflected(target)
    models.remove(models.tables["heartbeat_items"])
    for number in range(20):
        Table(f"feature_{number}", models, Column("id", Integer, primary_key=True))
    autogenerated(project, target, models)
    text = project.text("0001")
    assert (text.count("op.create_table('feature_"), "heartbeat_items" in text) == (20, True)
    replay_autogenerated(laboratory, case, project, target, tmp_path / "app")


def reflected(target: Target) -> MetaData:
    """Models that say of a database what is in it."""
    models = MetaData()
    with connecting(target) as connection:
        models.reflect(connection)
    return models


@pytest.mark.incident("G30", "duplicates are deleted for a constraint", by="migration gate")
def test_what_hangs_on_duplicates_is_counted_before_they_go(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    project.revision(
        "0001",
        """
        seen = set()
        connection = op.get_bind()
        people = connection.execute(sa.text("SELECT id, email FROM account"))
        for number, email in people.fetchall():
            if email in seen:
                connection.execute(sa.text("DELETE FROM account WHERE id = :n"), {"n": number})
            seen.add(email)
        op.create_unique_constraint("one_account", "account", ["email"])
        """,
    )
    replay(
        laboratory,
        case,
        project,
        tmp_path / "app",
        (
            "delete public.orders rows=115",
            "refused: on the copy, messages and orders go with the 23 accounts",
        ),
        "ALTER TABLE account DROP CONSTRAINT account_email_key",
        "UPDATE account SET email = 'person' || id % 340 || '@example.org'",
    )


@pytest.mark.incident("S15", "a data migration overwrites 5 % of the rows", by="migration gate")
def test_values_that_a_data_migration_overwrites_are_seen_on_the_copy(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    project.revision(
        "0001", "op.execute(\"UPDATE asset SET note = 'undefined' WHERE id % 20 = 0\")"
    )
    replay(
        laboratory,
        case,
        project,
        tmp_path / "app",
        (
            "update public.asset columns=note",
            "refused: overwrites notes of assets on the copy",
        ),
    )


@pytest.mark.incident("U08", "an upgrade goes on although its dump failed", by="migration gate")
def test_no_migration_without_a_backup_that_was_made_and_proven(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    effects = tuple(f"drop_table public.{one}" for one in SHOP)
    project.revision("0001", RESET + ANEW, effects=effects)

    def upgrade(shop: Target) -> None:
        dump = [str(shop.server.binaries.tool("pg_dump")), "--host=/nowhere", "--file=old.sql"]
        subprocess.run(dump, check=False, capture_output=True, cwd=tmp_path)  # it fails; so what
        project.bare(shop)

    case.loses(upgrade, laboratory.bare())
    target, configuration = pinned_bare(laboratory, tmp_path / "app")
    store = configuration.directory / "store"
    for one in store.glob("**/backups"):
        shutil.rmtree(one)
    (store / "backups").write_text("the disk of the backups is another one today")
    case.refuses(
        lambda there: project.gated(there, configuration, confirm=lambda _: "terminal"),
        target,
        error=(BackupError, StorageError),
        words="declared and agreed to, and refused: no backup could be made",
    )


@pytest.mark.incident("W05", "a preview migrates production by its address", by="migration gate")
def test_a_previews_migration_does_not_run_on_production(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    project.revision("0001", RESET + ANEW)
    case.loses(project.bare, laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app")
    _, preview = pinned_bare(laboratory, tmp_path / "preview", "preview")
    leading_there = replace(preview, url=production_url(target), database=target.name)
    case.refuses(
        lambda there: project.gated(there, leading_there),
        target,
        error=RefusedError,
        words="`wrong_environment`, before anything is planned",
    )


def production_url(target: Target) -> str:
    """The address that the preview has inherited."""
    info = target.server.administrator(target.name)
    return f"host={info['host']} port={info['port']} user={info['user']}"


@pytest.mark.incident("W06", "a development command resets production", by="migration gate")
def test_a_reset_and_replay_is_refused_where_rows_are(
    laboratory: Laboratory, case: Case, project: AlembicProject, tmp_path: Path
) -> None:
    project.revision("0001", RESET + ANEW)
    replay(
        laboratory,
        case,
        project,
        tmp_path / "app",
        (
            "drop_table public.orders",
            "refused: drops six tables, and the rows of a seventh, on the copy",
        ),
    )
