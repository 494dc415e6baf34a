"""What a rehearsal sees that no text tells: rows that go silently, and values that change."""

from typing import TYPE_CHECKING

import pytest

from strongroom.errors import MigrationRefusedError
from strongroom.migrations import migrate

if TYPE_CHECKING:
    from conftest import App

# A join that leaves rows behind, a cascade, a DO block, values exchanged between rows, and a
# deletion in Python: no statement of them says what is lost.
SILENT = """
op.execute("CREATE TABLE new_lap AS SELECT l.* FROM lap l JOIN runner n ON n.id = l.id")
op.execute("ALTER TABLE lap RENAME TO old_lap")
op.execute("ALTER TABLE new_lap RENAME TO lap")
op.execute("DROP TABLE old_lap")
op.execute("DELETE FROM runner WHERE id = 7")
op.execute("DO $$ BEGIN EXECUTE 'DELETE FROM ' || 'shoe WHERE id < 6'; END $$")
op.execute("UPDATE route SET name = 'route ' || (201 - id)")
connection = op.get_bind()
for (number,) in connection.execute(sa.text("SELECT id FROM run WHERE id <= 3")).fetchall():
    connection.execute(sa.text("DELETE FROM run WHERE id = :n"), {"n": number})
"""
LOST = [
    "delete public.lap rows=100",
    "delete public.run rows=13",
    "delete public.runner rows=1",
    "delete public.shoe rows=5",
    "update public.route columns=name rows=200",
]


def test_losses_that_no_revision_declares_are_refused_and_the_database_is_as_before(
    app: "App",
) -> None:
    app.revision("0002", SILENT)
    before = app.facts()
    with pytest.raises(MigrationRefusedError) as refused:
        migrate(app.configuration, app.ini)
    assert [one for one in LOST if one not in refused.value.message] == []
    assert app.facts() == before


def test_renamed_and_widened_columns_and_new_rows_are_no_loss(app: "App") -> None:
    app.revision(
        "0002",
        """
        op.alter_column("runner", "name", new_column_name="full_name")
        op.alter_column("run", "distance_m", type_=sa.BigInteger)
        op.rename_table("run", "activity")
        op.add_column("runner", sa.Column("club", sa.Text, server_default="none"))
        op.execute("UPDATE runner SET club = 'a club'")
        op.execute("INSERT INTO runner VALUES (101, 'a new one')")
        op.execute("INSERT INTO activity VALUES (1001, 101, 5000)")
        """,
    )
    done = migrate(app.configuration, app.ini)
    assert done.proof is not None
    assert [one for one in done.proof.rehearsal.losses if one.certain] == []
    rewritten = {one.table for one in done.proof.rehearsal.measures.rewrites}
    assert "public.run" in rewritten
    assert "public.runner" not in rewritten
    assert app.rows("SELECT count(*) FROM activity") == [(1001,)]


def test_more_rows_than_were_declared_are_refused(app: "App") -> None:
    app.revision(
        "0002",
        "op.execute('DELETE FROM run WHERE id <= 400')",
        head='strongroom_effects = ["delete public.run rows=100"]',
    )
    with pytest.raises(MigrationRefusedError, match=r"delete public\.run"):
        migrate(app.configuration, app.ini)
