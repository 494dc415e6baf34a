"""Physical backups of servers that others run: what they need is said, and then they are proven."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from psycopg import errors

from strongroom.backups import Manifest, chosen_for, take
from strongroom.backups.physical import proof_point as proof_points
from strongroom.backups.physical.rights import HOLD_STILL
from strongroom.backups.physical.sides import Side, held_moment
from strongroom.config import Configuration
from strongroom.drills import contents, drill, recovery
from strongroom.drills.comparison import Contents
from strongroom.errors import BackupError
from strongroom.identity import check
from strongroom.leaks import find_leaks
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect
from strongroom.postgres.snapshots import ExportedSnapshot
from strongroom.progress import Progress
from strongroom.restores import target_at
from strongroom.restores.aside import Wanted, restore_aside
from strongroom.restores.renaming import restore_database, undo_database
from strongroom.server import binaries
from strongroom.server.binaries import find_binaries
from strongroom.server.supervisor import RunningServer

sys.path.insert(0, str(Path(__file__).parents[1] / "wal"))  # how a log is followed in tests
from following import following
from shops import KEEPER, NEWCOMER, Shop, proof_of, shop_on

INSERTED = "pg_catalog.pg_current_wal_insert_lsn()::text"


@pytest.fixture(scope="module")
def fifteen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """With a role that has every right, and a physical backup of both databases."""
    with shop_on(tmp_path_factory.mktemp("15"), 15, tls=True) as shop:
        with shop.theirs.administrator("shop") as admin:
            admin.execute("ALTER TABLE sold ENABLE ROW LEVEL SECURITY")
            # The method is chosen by what is larger; what others write must not decide that.
            admin.execute(
                "INSERT INTO sold (what) SELECT repeat('much', 500) FROM generate_series(1, 2000)"
            )
        shop.entitled()
        with shop.theirs.administrator("bills") as admin:
            admin.execute(HOLD_STILL.format(role=KEEPER).encode())
        take(shop.configuration, method="physical")
        yield shop


def test_each_missing_right_is_said_with_the_statement_that_gives_it(fifteen: Shop) -> None:
    address = str(fifteen.configuration.backup_url).replace(KEEPER, NEWCOMER)
    configuration = replace(fifteen.configuration, backup_url=address)
    newcomer = Shop(fifteen.theirs, configuration, NEWCOMER)
    with pytest.raises(BackupError) as refusal:
        take(configuration, method="physical")
    assert f'ALTER ROLE "{NEWCOMER}" REPLICATION' in (refusal.value.next_step or "")
    told = "; ".join(newcomer.entitled())
    for right in ("may not replicate", "pg_hba.conf", "may not read", "row security", "still"):
        assert right in told
    manifest = take(configuration, method="physical")
    assert proof_of(manifest) == ("full", "quiet")
    (left_out,) = [one for one in manifest.not_covered if one.what == "the database bills"]
    assert "hold 1 tables still" in left_out.reason
    record = drill(configuration)
    assert (record.verdict, record.findings) == ("proven", [])
    assert record.checks[0].detail.startswith("every file has")


def test_under_writes_both_databases_are_proven_at_one_moment_by_locks(
    fifteen: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_points, "QUIET_ATTEMPTS", 0)

    def while_still(sides: Sequence[Side]) -> list[ExportedSnapshot] | None:
        for name in ("shop", "bills"):
            with fifteen.theirs.administrator(name) as late:
                late.execute("SET lock_timeout = '20ms'")
                with pytest.raises(errors.LockNotAvailable):
                    late.execute("INSERT INTO sold (what) VALUES ('too late')")
        return held_moment(sides)

    monkeypatch.setattr(proof_points, "held_moment", while_still)
    with fifteen.written_to(["shop", "bills"]):
        manifest = take(fifteen.configuration)
    choice = chosen_for(fifteen.configuration, manifest.backup_id)
    assert choice is not None
    assert (choice.method, proof_of(manifest)) == ("physical", ("full", "locks"))
    assert manifest.physical is not None
    assert [one.name for one in manifest.physical.databases] == ["bills"]
    assert Manifest.from_bytes(manifest.to_bytes(), manifest.key) == manifest
    record = drill(fifteen.configuration)
    assert (record.verdict, record.findings) == ("proven", [])
    (beside,) = [one for one in record.tables if one.name == "bills.public.sold"]
    assert beside.equal
    assert (beside.found_rows or 0) > 99


def test_a_row_that_another_database_of_the_cluster_lost_is_found(
    fifteen: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(
        server: RunningServer, database: str, progress: Progress, promised: Contents
    ) -> Contents:
        if database == "bills":
            recovery._open(server)
            with connect(server.administrator(database), autocommit=True) as conn:
                conn.execute("UPDATE public.sold SET what = 'else' WHERE id = 2")
        return contents.survey(server, database, progress, promised)

    manifest = take(fifteen.configuration, method="physical")
    monkeypatch.setattr(recovery, "survey", lost)
    record = drill(fifteen.configuration, manifest.backup_id)
    assert record.verdict == "failed"
    assert [one.name for one in record.tables if not one.equal] == ["bills.public.sold"]


def test_its_log_leads_a_table_and_the_whole_database_back_to_before_a_loss(fifteen: Shop) -> None:
    keeps_log = {"keep": True, "flush_s": 0.1}
    configuration = by_superuser(fifteen, replace(fifteen.configuration, wal=keeps_log))
    take(configuration, method="physical")
    with following(configuration) as at_work, fifteen.theirs.administrator("shop") as admin:
        admin.execute("INSERT INTO sold (what) VALUES ('the last before')")
        ((before, rows),) = admin.execute(f"SELECT {INSERTED}, count(*) FROM sold").fetchall()
        admin.execute("DELETE FROM sold WHERE id % 10 = 5")
        admin.execute("INSERT INTO sold (what) VALUES ('after')")
        ((end,),) = admin.execute(f"SELECT {INSERTED}").fetchall()
        at_work.until_stored(end)
        target = target_at(configuration, lsn=before)
        wanted = Wanted(("public.sold",), at=target)
        (table,) = restore_aside(configuration, wanted, into="back").tables
        assert (table.rows, table.equal) == (rows, True)
        admin.execute("DROP SCHEMA back CASCADE")
        after = admin.execute("SELECT count(*) FROM sold").fetchall()
    restored = restore_database(configuration, target=target, swap=True)
    assert restored.reached is not None
    assert restored.plan.log_bytes > 0
    assert check(configuration).matches, "the floors are those of the moment, not of the backup"
    with fifteen.theirs.administrator("shop") as admin:
        ((last, count),) = admin.execute(
            "SELECT (SELECT what FROM sold ORDER BY id DESC LIMIT 1), count(*) FROM sold"
        ).fetchall()
    assert (last, count) == ("the last before", rows)
    entry = list(ledger_of(configuration).entries())[-2]
    assert (entry.kind, entry.details["target"]) == ("restore", restored.plan.to)
    undo_database(configuration)
    with fifteen.theirs.administrator("shop") as admin:
        assert admin.execute("SELECT count(*) FROM sold").fetchall() == after


def by_superuser(shop: Shop, configuration: Configuration) -> Configuration:
    """With an administrator, for what only one may do."""
    info = shop.theirs.server.administrator("shop")
    by = f"postgresql://{info['user']}@/shop?host={quote(str(info['host']), safe='')}"
    return replace(configuration, administrator=f"{by}&port={info['port']}")


def test_a_physical_backup_comes_back_beside_on_the_server_that_it_is_of(fifteen: Shop) -> None:
    configuration = by_superuser(fifteen, fifteen.configuration)
    with fifteen.theirs.administrator("shop") as admin:
        ((before,),) = admin.execute("SELECT count(*) FROM sold").fetchall()
    manifest = take(configuration, method="physical")
    with fifteen.theirs.administrator("shop") as admin:
        admin.execute("DELETE FROM sold WHERE id <> 1")
    restored = restore_database(configuration, swap=True)
    assert [one.partition(":")[0] for one in restored.plan.absent] == ["public.basket"]
    assert (restored.plan.backup_id, restored.swapped) == (manifest.backup_id, True)
    assert check(configuration).matches
    with fifteen.theirs.administrator("shop") as admin:
        assert admin.execute("SELECT count(*) FROM sold").fetchall() == [(before,)]
    undo_database(configuration)
    with fifteen.theirs.administrator("shop") as admin:
        assert admin.execute("SELECT count(*) FROM sold").fetchall() == [(1,)]
    restore_database(configuration, swap=True)


def test_rows_of_tests_are_looked_for_under_every_collation(fifteen: Shop) -> None:
    with fifteen.theirs.administrator("shop") as admin:
        admin.execute(
            "CREATE COLLATION either_case "
            "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        )
        admin.execute("CREATE TABLE said (id int PRIMARY KEY, t text COLLATE either_case)")
        admin.execute("INSERT INTO said VALUES (1, 'strongroom-run-1f2e3d4c'), (2, 'else')")
        try:
            (leak,) = find_leaks(admin).leaks
        finally:
            admin.execute("DROP TABLE said")
    assert (leak.table, leak.key) == ("public.said", "1")


def test_a_library_that_only_the_source_has_leaves_the_question_open(
    fifteen: Shop, tmp_path: Path
) -> None:
    library = Path("/var/tmp") / f"{tmp_path.name}.so"  # noqa: S108  where the server may read it
    shutil.copy(find_binaries(15).directory.parent / "lib/hstore.so", library)
    with fifteen.theirs.administrator("shop") as admin:
        admin.execute("CREATE EXTENSION hstore SCHEMA public")
        admin.execute(
            "UPDATE pg_proc SET probin = %s WHERE probin = '$libdir/hstore'", [str(library)]
        )
        admin.execute("CREATE TABLE public.told (it public.hstore)")
        admin.execute("INSERT INTO public.told VALUES ('a=>1')")
    try:
        take(fifteen.configuration, method="physical")
    finally:
        library.unlink()
        with fifteen.theirs.administrator("shop") as admin:
            admin.execute("DROP TABLE public.told")
    record = drill(fifteen.configuration)
    assert record.verdict == "inconclusive", record.findings
    assert "could not access file" in record.findings[0]


def test_without_the_programs_of_its_version_nothing_is_said_of_a_backup(
    fifteen: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = find_binaries(18).directory
    monkeypatch.setattr(binaries, "_candidates", lambda: iter([newer]))
    record = drill(fifteen.configuration)
    assert record.verdict == "inconclusive"
    assert "PostgreSQL 15" in record.findings[0]
