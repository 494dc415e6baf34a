"""The guarded flow: what loses nothing goes through, and what loses something is refused first."""

from typing import TYPE_CHECKING

import pytest

from strongroom.errors import MigrationRefusedError
from strongroom.identity import check
from strongroom.ledger import ledger_of
from strongroom.migrations import migrate, plan

if TYPE_CHECKING:
    from conftest import App

ADD = 'op.add_column("runner", sa.Column("club", sa.Text))'


def test_a_harmless_revision_is_rehearsed_on_the_copy_and_applied(app: "App") -> None:
    app.revision("0002", ADD)
    done = migrate(app.configuration, app.ini)
    assert done.applied == ("0002",)
    assert done.proof is not None
    assert not done.proof.rehearsal.losses
    assert done.proof.rehearsal.measures.locks["public.runner"].mode == "AccessExclusiveLock"
    assert app.rows("SELECT version_num FROM alembic_version") == [("0002",)]
    assert app.rows("SELECT count(*) FROM runner WHERE club IS NULL") == [(100,)]
    assert app.rows("SELECT tableowner FROM pg_tables WHERE tablename = 'runner'") == [
        ("club_owner",)
    ]
    entries, _ = ledger_of(app.configuration).readable()
    assert entries[-1].kind == "migrate"
    assert check(app.configuration).matches


def test_nothing_pending_is_nothing_done(app: "App") -> None:
    done = migrate(app.configuration, app.ini)
    assert (done.applied, done.proof, done.attempts) == ((), None, 0)


def test_a_plan_shows_the_sql_and_changes_nothing(app: "App") -> None:
    app.revision("0002", ADD, head='strongroom_effects = ["drop_table public.run"]')
    before = app.facts()
    made = plan(app.configuration, app.ini)
    assert [one.revision for one in made.revisions] == ["0002"]
    assert "ALTER TABLE runner ADD COLUMN club TEXT" in made.sql
    assert made.revisions[0].declared == ("drop_table public.run",)
    assert app.facts() == before


def test_a_plan_shows_every_step_as_sql_also_downwards(app: "App") -> None:
    made = plan(app.configuration, app.ini, target="base", direction="downgrade")
    assert [one.unrendered for one in made.revisions] == [None]
    app.revision("0002", 'op.create_table("pace", sa.Column("id", sa.Integer))')
    app.revision("0003", ADD, down="0002", downgrade='op.drop_column("runner", "club")')
    app.revision("0004", 'op.create_table("split", sa.Column("id", sa.Integer))', down="0003")
    upwards = plan(app.configuration, app.ini)
    assert "version_num='0004' WHERE alembic_version.version_num = '0003'" in upwards.sql
    migrate(app.configuration, app.ini)
    downwards = plan(app.configuration, app.ini, target="0001", direction="downgrade")
    assert [one.revision for one in downwards.revisions] == ["0004", "0003", "0002"]
    assert [one.unrendered for one in downwards.revisions] == [None] * 3
    assert "DROP COLUMN club" in downwards.sql


def test_an_undeclared_drop_of_a_filled_column_is_refused_before_anything_changes(
    app: "App",
) -> None:
    app.revision("0002", 'op.drop_column("runner", "email")')
    before = app.facts()
    with pytest.raises(MigrationRefusedError, match=r"drop_column public\.runner columns=email"):
        migrate(app.configuration, app.ini)
    assert app.facts() == before


def test_a_declared_drop_passes_with_a_proven_backup_behind_it(app: "App") -> None:
    app.revision(
        "0002",
        'op.drop_column("runner", "email")',
        head='strongroom_effects = ["drop_column public.runner columns=email"]',
    )
    done = migrate(app.configuration, app.ini)
    assert done.proof is not None
    assert done.proof.record.verdict == "proven"
    assert [one.label for one in done.proof.rehearsal.losses] == ["drop_column public.runner.email"]
    assert check(app.configuration).matches
