"""Whatever goes wrong with a migration, the database is as before, or the way on is said."""

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from strongroom.config import load
from strongroom.errors import MigrationError, MigrationRefusedError
from strongroom.identity import check, open_database
from strongroom.migrations import STEPS, migrate
from strongroom.migrations.journal import pending_migration
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.progress import SilentProgress
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import killed_in_this_run

if TYPE_CHECKING:
    from conftest import App

ADD = 'op.add_column("runner", sa.Column("club", sa.Text))'
PATIENCE = "\n[migrations]\nlock_timeout_s = 0.3\nattempts = 2\npause_s = 0.1\n"
CHILD = """
import sys
from pathlib import Path
from strongroom.config import load
from strongroom.migrations import migrate
from strongroom.testing.killing import KillAt
home, step, *rehearsed = sys.argv[1:]
path, ini = Path(home, "strongroom.toml"), Path(home, "alembic.ini")
migrate(load(path), ini, rehearse=bool(rehearsed), progress=KillAt(step))
"""
BEFORE_THE_COMMIT = STEPS[: STEPS.index("migrate.applied")]
AFTER_THE_COMMIT = STEPS[STEPS.index("migrate.applied") :]


class _At(SilentProgress):
    """Does something when a step is reached, the first time."""

    def __init__(self, step: str, act: object) -> None:
        self._step, self._act = step, act

    def step(self, name: str) -> None:
        if name == self._step and callable(self._act):
            act, self._act = self._act, None
            act()


def _kill(app: "App", step: str, *, rehearse: bool = False) -> None:
    ended = run_forked(
        CHILD, app.configuration.directory, step, *(["rehearsed"] if rehearse else [])
    )
    assert ended == -signal.SIGKILL, f"{step} was never reached"


def test_killed_at_any_step_it_has_happened_whole_or_not_at_all_and_is_repeated(
    app: "App",
) -> None:
    app.revision("0002", ADD)
    before = app.facts()
    for step in killed_in_this_run(BEFORE_THE_COMMIT, always="migrate.running"):
        _kill(app, step)
        assert app.facts() == before, step
        assert check(app.configuration).matches, step
    assert migrate(app.configuration, app.ini, rehearse=False).notes
    names = ("0002", "0003", "0004", "0005")
    for last, name, step in zip(names, names[1:], AFTER_THE_COMMIT, strict=False):
        app.revision(name, f'op.add_column("run", sa.Column("c{name}", sa.Text))', down=last)
        _kill(app, step)
        assert app.rows("SELECT version_num FROM alembic_version") == [(name,)], step
        settled = migrate(app.configuration, app.ini)
        assert settled.applied == ()
        assert bool(settled.notes) == (step != AFTER_THE_COMMIT[-1])
    assert migrate(app.configuration, app.ini).notes == ()


def test_killed_with_floors_on_the_move_it_locks_nobody_out(app: "App") -> None:
    app.revision(
        "0002",
        'op.rename_table("lap", "split")\nop.drop_column("runner", "email")',
        head='strongroom_effects = ["drop_column public.runner columns=email"]',
    )
    before = app.facts()
    _kill(app, "migrate.running", rehearse=True)
    assert app.facts() == before
    assert check(app.configuration).matches
    _kill(app, "migrate.applied", rehearse=True)
    assert check(app.configuration).matches
    assert app.rows("SELECT count(*) FROM split") == [(200,)]
    assert migrate(app.configuration, app.ini).notes
    assert check(app.configuration).matches
    assert not list(app.configuration.scratch_directory.glob("scratch-*"))


def test_a_revision_that_fails_half_way_fails_on_the_copy_and_never_on_the_database(
    app: "App",
) -> None:
    app.revision("0002", ADD)
    app.revision("0003", 'op.add_column("runner", sa.Column("club", sa.Text))', down="0002")
    before = app.facts()
    with pytest.raises(MigrationRefusedError, match="failed on a restored copy"):
        migrate(app.configuration, app.ini)
    assert app.facts() == before


def test_rows_that_came_since_the_backup_make_it_fail_whole_and_leave_a_way_on(app: "App") -> None:
    app.revision("0002", ADD)
    app.revision(
        "0003",
        """
        with op.get_context().autocommit_block():
            op.create_index(
                "one_email", "runner", ["email"], unique=True, postgresql_concurrently=True
            )
        """,
        down="0002",
    )
    twice = "INSERT INTO runner VALUES (101, 'a twin', '1@example.org')"
    with pytest.raises(MigrationError, match=r"one_email invalid") as failed:
        migrate(
            app.configuration,
            app.ini,
            progress=_At("migrate.permitted", lambda: app.execute(twice)),
        )
    assert failed.value.next_step.startswith("DROP INDEX CONCURRENTLY public.one_email")
    assert "0002" in failed.value.message
    with pytest.raises(MigrationError, match="was interrupted"):
        migrate(app.configuration, app.ini)
    app.execute("DROP INDEX CONCURRENTLY public.one_email")
    app.execute("DELETE FROM runner WHERE id = 101")
    assert migrate(app.configuration, app.ini).applied == ("0003",)


def test_an_index_that_was_invalid_before_is_no_work_of_a_migration(
    app: "App", tmp_path: Path
) -> None:
    app.execute("CREATE INDEX old ON run (distance_m)")
    app.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'old'::regclass")
    sign = tmp_path / "sign"
    failing = f"import pathlib\nassert not pathlib.Path({str(sign)!r}).exists()"
    app.revision("0002", f"{ADD}\n{failing}")
    with pytest.raises(MigrationError, match="The database is as before") as failed:
        migrate(app.configuration, app.ini, progress=_At("migrate.permitted", sign.touch))
    assert "old" not in failed.value.next_step
    assert pending_migration(app.configuration) is None
    sign.unlink()
    _kill(app, "migrate.running")
    assert migrate(app.configuration, app.ini).applied == ("0002",)


def test_a_table_that_stays_locked_ends_the_migration_and_nothing_waits_behind_it(
    app: "App",
) -> None:
    path = app.configuration.path
    path.write_text(path.read_text() + PATIENCE)
    app.revision("0002", ADD)
    before = app.facts()
    patient = load(path)
    with (
        open_database(app.configuration) as database,
        connect(database.conninfo()) as other,
    ):
        other.execute("SELECT count(*) FROM runner")
        with pytest.raises(MigrationError, match="in 2 attempts"):
            migrate(patient, app.ini)
        other.rollback()
        assert app.facts() == before
        assert migrate(patient, app.ini).applied == ("0002",)


def test_of_a_deadlock_nothing_is_left_half_done(app: "App") -> None:
    app.revision("0002", ADD)
    app.revision("0003", 'op.add_column("run", sa.Column("note", sa.Text))', down="0002")
    ended: list[object] = []
    with open_database(app.configuration) as database, connect(database.conninfo()) as other:
        other.execute("SELECT count(*) FROM run")

        def cross() -> None:
            try:
                other.execute("SELECT count(*) FROM runner")
                ended.append("served")
            except psycopg.errors.DeadlockDetected:
                ended.append("victim")
            other.rollback()

        thread = threading.Thread(target=cross)
        done = migrate(app.configuration, app.ini, progress=_At("migrate.running", thread.start))
        thread.join()
    assert done.applied == ("0002", "0003")
    assert ended == ["victim"] or (ended == ["served"] and done.attempts > 1)
