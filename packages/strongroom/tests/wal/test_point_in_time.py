"""Any moment can be returned to: whatever was done after it is undone, all before it is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import psycopg
import pytest

from strongroom.backups import Manifest, take
from strongroom.backups.wal import LogFigures, Target, branch_of_backup, read_standing
from strongroom.cli import restore as restore_verb
from strongroom.config import Configuration
from strongroom.errors import TargetError
from strongroom.identity import check, open_database
from strongroom.ledger import ledger_of
from strongroom.permits import Effect, Permit, ProvenBackup, issue
from strongroom.postgres.connections import connect
from strongroom.protection import protect, run_permitted
from strongroom.restores import Restored, points, restore, target_at, undo
from strongroom.restores.aside import Wanted, remove_aside, restore_aside
from strongroom.server.binaries import binaries_for_server
from strongroom.server.os_user import server_user
from strongroom.server.supervisor import Supervisor
from strongroom.testing.killing import SOAK

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share

from following import followed_home, following

BEFORE, AFTER = 300, 40
DOCUMENT = Path(__file__).parents[4] / "docs/reference/backup-format.md"
TOOLS = {
    "age": """
import sys, pyrage
key = [line for line in open(sys.argv[3]).read().split() if line.startswith("AGE-")][0]
identity = pyrage.x25519.Identity.from_str(key)
sys.stdout.buffer.write(pyrage.decrypt(open(sys.argv[4], "rb").read(), [identity]))
""",
    "zstd": """
import sys, zstandard
sys.stdout.buffer.write(zstandard.ZstdDecompressor().stream_reader(sys.stdin.buffer).read())
""",
}
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text"
NOW = "SELECT pg_catalog.pg_current_wal_insert_lsn()::text, pg_catalog.clock_timestamp()"


@dataclass(frozen=True)
class Story:
    """Rows were written one by one, all were deleted, and some were written again."""

    configuration: Configuration
    manifest: Manifest
    lsn: str
    """Just before the transaction that deleted."""
    time: datetime
    """The same."""
    end: str
    permit_id: str
    """Of what deleted."""

    def entry(self, kind: str) -> str:
        """The number of the entry of the ledger about that permit."""
        entries = ledger_of(self.configuration).entries()
        matching = [
            one.n
            for one in entries
            if one.kind == kind and one.details.get("permit_id") == self.permit_id
        ]
        return str(matching[-1])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    configuration = followed_home(tmp_path_factory.mktemp("pitr") / "home")
    with (
        open_database(configuration) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        connection.execute("SET ROLE runs_owner")
        connection.execute("CREATE TABLE public.run (id int PRIMARY KEY, note text)")
        connection.execute("INSERT INTO public.run VALUES (0, 'in the backup')")
        connection.execute("RESET ROLE")
        protect(configuration)
        manifest = take(configuration, database, method="physical")
        with following(configuration) as at_work:
            for number in range(1, BEFORE):
                connection.execute("INSERT INTO public.run VALUES (%s, 'before')", [number])
            connection.execute("SELECT pg_create_restore_point('all is well')")
            connection.execute("SELECT pg_catalog.pg_switch_wal()")
            ((lsn, time),) = connection.execute(NOW).fetchall()
            permit = permitted(configuration, connection, manifest)
            run_permitted(database, permit.secret, "DELETE FROM public.run")
            for number in range(AFTER):
                connection.execute("INSERT INTO public.run VALUES (%s, 'after')", [number])
            ((end, _),) = connection.execute(NOW).fetchall()
            at_work.until_stored(end)
    return Story(configuration, manifest, lsn, time, end, permit.id)


def permitted(
    configuration: Configuration, connection: psycopg.Connection, manifest: Manifest
) -> Permit:
    """A permit to delete every row; nothing less lets a guard pass that."""
    connection.autocommit = False
    backup = ProvenBackup(manifest.backup_id, manifest.incarnation, datetime.now(UTC))
    permit = issue(
        connection,
        configuration,
        (Effect("delete", "public.run", rows_max=BEFORE),),
        backup,
        expires_in=timedelta(hours=1),
        confirmed_by="test",
        reason="a test",
    )
    connection.autocommit = True
    return permit


def rows_of(restored: Restored, configuration: Configuration) -> list[tuple[int, str]]:
    assert configuration.server is not None
    place = replace(configuration.server, data_directory=restored.restored)
    with (
        Supervisor(place).running() as server,
        connect(server.administrator(configuration.database)) as connection,
    ):
        return connection.execute("SELECT id, note FROM public.run ORDER BY id").fetchall()


WHOLE = [(0, "in the backup"), *((number, "before") for number in range(1, BEFORE))]


WHOLE_SUITE = pytest.mark.skipif(
    not os.environ.get(SOAK), reason="one more restore of many seconds"
)


@pytest.mark.parametrize(
    "kind", ["before", "time", *(pytest.param(one, marks=WHOLE_SUITE) for one in ("lsn", "name"))]
)
def test_a_delete_without_where_is_undone_to_the_transaction_before_it(
    story: Story, kind: str
) -> None:
    given = {
        "before": story.entry("permit_used"),
        "lsn": story.lsn,
        "time": story.time.isoformat(),
        "name": "all is well",
    }
    target = target_at(story.configuration, **{kind: given[kind]})
    restored = restore(story.configuration, target=target)
    assert restored.comparison is not None
    assert restored.comparison.verdict == "proven", "at the moment of the backup"
    assert rows_of(restored, story.configuration) == WHOLE
    assert restored.reached is not None
    assert restored.reached.last_transaction_at is not None
    assert kind == "before" or restored.reached.last_transaction_at <= story.time
    assert restored.reached.replayed_bytes > 0


def test_an_entry_of_the_ledger_leads_to_before_the_act_that_it_is_about(story: Story) -> None:
    used = target_at(story.configuration, before=story.entry("permit_used"))
    granted = target_at(story.configuration, before=story.entry("permit_granted"))
    assert used is not None
    assert granted is not None
    assert used.position == granted.position
    assert used.position is not None
    assert used.incarnation == story.manifest.incarnation
    taken = target_at(story.configuration, before="1")
    assert taken is not None
    assert "by its time" in taken.told
    assert not taken.inclusive


@WHOLE_SUITE
def test_the_end_of_the_log_is_the_end_of_what_was_written(story: Story) -> None:
    target = target_at(story.configuration, lsn=story.end)
    restored = restore(story.configuration, target=target)
    assert rows_of(restored, story.configuration) == [(n, "after") for n in range(AFTER)]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"time": "2001-01-01T00:00:00+00:00"}, "before every usable backup"),
        ({"time": "2999-01-01T00:00:00+00:00"}, "in the future"),
        ({"time": "2026-11-27T12:00:00"}, "time zone"),
        ({"time": "yesterday"}, "no moment"),
        ({"lsn": "0/1000000"}, "before every usable backup"),
        ({"lsn": "FF/1000000"}, "beyond the stored log. It reaches to"),
        ({"lsn": "here"}, "no position"),
        pytest.param({"name": "never made"}, "no restore point", marks=WHOLE_SUITE),
        ({"before": "999999"}, "no entry"),
        ({"lsn": "0/1", "time": "2026-11-27T12:00:00Z"}, "More than one"),
    ],
)
def test_a_point_that_cannot_be_returned_to_is_said_with_one_next_step(
    story: Story, given: dict[str, str], told: str
) -> None:
    kept = sorted(story.configuration.directory.glob("restored/*"))
    with pytest.raises(TargetError) as refusal:
        restore(story.configuration, target=target_at(story.configuration, **given))
    assert told in refusal.value.message
    assert refusal.value.next_step
    assert sorted(story.configuration.directory.glob("restored/*")) == kept


def test_a_moment_after_the_last_commit_is_reached_as_far_as_it_is_known_that_nothing_came(
    story: Story,
) -> None:
    standing = read_standing(story.configuration)
    assert standing is not None
    assert standing.stored_at is not None
    known = Target(time=standing.stored_at)
    manifest, going = points.backup_for(story.configuration, known, None)
    assert manifest == story.manifest
    assert going.reach.settings["recovery_target_inclusive"] == "on"
    assert "recovery_target_lsn" in going.reach.settings
    later = Target(time=standing.stored_at + timedelta(milliseconds=1))
    with pytest.raises(TargetError, match="beyond the stored log"):
        points.backup_for(story.configuration, later, None)


def test_the_documented_commands_go_on_to_a_point_in_time_without_strongroom(story: Story) -> None:
    assert story.manifest.physical is not None
    _, unpacking, onward = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    user, programs = server_user(), binaries_for_server().directory
    with tempfile.TemporaryDirectory(prefix="by-hand-") as directory:
        place, store = Path(directory), Path(story.configuration.store_url)
        for name, code in TOOLS.items():
            (place / name).write_text(f"#!{sys.executable}\n{code}")
            (place / name).chmod(0o755)
        shutil.copytree(store / "backups" / story.manifest.backup_id, place, dirs_exist_ok=True)
        shutil.copytree(store / branch_of_backup(story.manifest).prefix, place / "log")
        shutil.copy(story.configuration.private_key, place / "backup-key.txt")
        search = f"{place}:{programs}:{os.environ['PATH']}"
        given = {"PATH": search, "PROOF": story.manifest.physical.proof, "TARGET": story.lsn}
        for commands in (unpacking, onward):
            lines = commands.strip().rsplit("\n", 1)[0]  # all but the start of the server
            subprocess.run(["/bin/sh", "-e", "-c", lines], cwd=place, env=given, check=True)
        subprocess.run(["chown", "-R", f"{user.uid}:{user.gid}", place], check=True)
        as_user: Any = {"cwd": place, "stdout": DEVNULL, **user.spawn_options()}
        as_user["env"] = {**as_user.get("env", {}), "PATH": search}
        control = [programs / "pg_ctl", "--pgdata", "data", "--wait"]
        options = ["--log", "server.log", "--options", f"-k {place}"]
        subprocess.run([*control, *options, "start"], check=True, **as_user)
        try:
            where = {"host": directory, "user": "strongroom_admin", "dbname": "runs"}
            with connect(where, autocommit=True) as connection:
                while connection.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
                    pass
                count = connection.execute("SELECT count(*) FROM public.run").fetchone()
        finally:
            subprocess.run([*control, "--mode", "immediate", "stop"], check=True, **as_user)
    assert count == (BEFORE,)


def test_the_command_that_is_named_next_leads_to_the_same_point() -> None:
    given: Any = {"to_time": None, "to_lsn": "0/3000148", "to_name": None, "before": None}
    assert restore_verb._given("20300101T120000Z-4f9c1a", {"store": "/a b", **given}) == [
        "20300101T120000Z-4f9c1a",
        "--store",
        "/a b",
        "--to-lsn",
        "0/3000148",
    ]


def test_a_moment_while_the_backup_was_being_taken_is_before_it(story: Story) -> None:
    time = (story.manifest.finished_at - timedelta(milliseconds=1)).isoformat()
    for backup_id in (None, story.manifest.backup_id):
        with pytest.raises(TargetError, match="before"):
            restore(
                story.configuration, backup_id, target=target_at(story.configuration, time=time)
            )


def test_what_was_returned_to_takes_the_place_with_a_log_of_its_own_and_can_be_taken_back(
    story: Story,
) -> None:
    configuration = story.configuration
    target = target_at(configuration, lsn=story.lsn)
    restored = restore(configuration, target=target, swap=True)
    assert restored.swapped
    assert check(configuration).matches
    count, figures = followed(configuration)
    assert count == BEFORE
    assert (figures.incarnation, figures.timeline) == (restored.incarnation, 2)
    assert list(Path(configuration.store_url).glob(f"wal/{restored.incarnation}/*/*.history-*"))
    assert undo(configuration).plan.unknown_because
    assert check(configuration).matches
    count, figures = followed(configuration)
    assert count == AFTER
    assert (figures.incarnation, figures.timeline) == (story.manifest.incarnation, 1)
    assert figures.gaps == (), "its own log goes on where it was"


def test_a_table_comes_back_beside_as_it_was_just_before_it_was_emptied(story: Story) -> None:
    configuration = story.configuration
    before = target_at(configuration, lsn=story.lsn)
    aside = restore_aside(configuration, Wanted(("public.run",), at=before), into="back")
    (table,) = aside.tables
    assert (table.rows, table.equal) == (BEFORE, True)
    assert story.lsn in aside.origin
    with (
        open_database(configuration) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        connection.execute(str(table.statements.insert).encode())
        rows = connection.execute("SELECT note, count(*) FROM public.run GROUP BY 1").fetchall()
    remove_aside(configuration, "back")
    # Numbers that were used again are rows of today, and stay as they are.
    assert dict(rows) == {"before": BEFORE - AFTER, "after": AFTER}


def followed(configuration: Configuration) -> tuple[int, LogFigures]:
    """Count the rows of what is in place, and store its log to the end."""
    with (
        open_database(configuration) as database,
        connect(database.administrator(), autocommit=True) as connection,
        following(configuration) as at_work,
    ):
        ((count,),) = connection.execute("SELECT count(*) FROM public.run").fetchall()
        connection.execute("SELECT pg_catalog.pg_logical_emit_message(true, 'test', 'here')")
        ((flushed,),) = connection.execute(FLUSHED).fetchall()
        return int(count), at_work.until_stored(str(flushed))
