"""Physical backups of servers that others run: what they need is said, and then they are proven."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pytest
from psycopg import errors
from servers import PASSWORD as SHOP_PASSWORD
from servers import Theirs, their_server

from strongroom.backups import Manifest, chosen_for, take
from strongroom.backups.physical import proof_point as proof_points
from strongroom.backups.physical import slot
from strongroom.backups.physical.rights import HOLD_STILL, Hindrance, hindrances
from strongroom.backups.physical.sides import Side, held_moment
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.drills import contents, drill, recovery
from strongroom.drills.comparison import Contents
from strongroom.errors import BackupError
from strongroom.identity import adopt, check
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

INSERTED = "pg_catalog.pg_current_wal_insert_lsn()::text"
KEEPER, NEWCOMER, PASSWORD = "keeper", "newcomer", "of the keeper"
REPLICATING = {"wal_level": "replica", "max_wal_senders": "8", "shared_buffers": "16MB"}


@dataclass(frozen=True)
class Shop:
    """The shop's pinned database on a server of others, and a role that may take its backups."""

    theirs: Theirs
    configuration: Configuration
    role: str = KEEPER

    @property
    def keeper(self) -> dict[str, str | int]:
        found: dict[str, str | int] = {"host": self.theirs.host, "port": 5432, "dbname": "shop"}
        return {**found, "user": self.role, "password": PASSWORD, **self.tls}

    @property
    def tls(self) -> dict[str, str]:
        if self.theirs.certificate is None:
            return {}
        return {"sslmode": "verify-full", "sslrootcert": str(self.theirs.certificate)}

    def follow(self, remedy: str) -> None:
        """Do exactly what a hindrance says."""
        if remedy.startswith("this line in pg_hba.conf"):
            self.theirs.let_in(remedy.partition("(): ")[2])
            return
        with self.theirs.administrator("shop") as admin:
            admin.execute(remedy.encode())

    def entitled(self) -> list[str]:
        """Give the role every right that it is said to lack; what was lacking."""
        followed: list[str] = []
        while found := self.missing():
            self.follow(found[0].statement)
            followed.append(found[0].what)
            assert len(followed) < 9, followed
        return followed

    def missing(self) -> list[Hindrance]:
        with connect(self.keeper) as conn:
            return hindrances(conn, self.keeper)

    @contextmanager
    def written_to(self, databases: Sequence[str] = ("shop",)) -> Iterator[None]:
        """Let others write single rows throughout, in short transactions without a pause."""
        stop = threading.Event()

        def write(database: str) -> None:
            with self.theirs.administrator(database) as conn:
                while not stop.is_set():
                    conn.execute("INSERT INTO sold (what) SELECT 'something'")
                    conn.execute("UPDATE sold SET what = what || '.' WHERE id = 1")

        threads = [threading.Thread(target=write, args=[one]) for one in databases]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


@contextmanager
def shop_on(directory: Path, major: int, *, tls: bool = False, **settings: str) -> Iterator[Shop]:
    """Start such a server, and adopt the shop's database on it."""
    with (
        their_server(
            directory / "server", major=major, tls=tls, settings={**REPLICATING, **settings}
        ) as theirs,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in ("shop", "bills"):
            theirs.create(name)
            with theirs.administrator(name) as admin:
                admin.execute("SET ROLE shop")
                admin.execute("CREATE TABLE sold (id serial PRIMARY KEY, what text NOT NULL)")
                admin.execute(
                    "INSERT INTO sold (what) SELECT 'n' || n FROM generate_series(1, 99) n"
                )
        with theirs.administrator() as admin:
            for role in (KEEPER, NEWCOMER):
                admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        with theirs.administrator("shop") as admin:
            admin.execute("SET ROLE shop")
            admin.execute("CREATE UNLOGGED TABLE basket AS SELECT 1 AS id")
        passwords = directory / "pgpass"
        theirs_too = "".join(f"*:*:*:{role}:{PASSWORD}\n" for role in (KEEPER, NEWCOMER))
        passwords.write_text(f"*:*:*:shop:{SHOP_PASSWORD}\n{theirs_too}")
        passwords.chmod(0o600)
        patch.setenv("PGPASSFILE", str(passwords))
        address = theirs.url("shop", with_password=False)
        text = default_document(
            application="shop", environment="test", database="shop", url=address
        )
        home = directory / "home"
        home.mkdir()
        path = home / CONFIGURATION_NAME
        keeper = address.replace("//shop@", f"//{KEEPER}@")
        path.write_text(text.replace("[store]", f'backup = "{keeper}"\n\n[store]', 1))
        configuration = load(path)
        adopt(configuration)
        with theirs.administrator("shop") as admin:  # the guard of this suite reads it too
            admin.execute(f"GRANT USAGE ON SCHEMA strongroom TO {KEEPER}, {NEWCOMER}")
            admin.execute(f"GRANT SELECT ON strongroom.identity TO {KEEPER}, {NEWCOMER}")
        yield Shop(theirs, configuration)


@pytest.fixture(scope="module")
def fifteen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """With a role that has every right, and a physical backup of both databases."""
    with shop_on(tmp_path_factory.mktemp("15"), 15, tls=True) as shop:
        with shop.theirs.administrator("shop") as admin:
            admin.execute("ALTER TABLE sold ENABLE ROW LEVEL SECURITY")
        shop.entitled()
        with shop.theirs.administrator("bills") as admin:
            admin.execute(HOLD_STILL.format(role=KEEPER).encode())
        take(shop.configuration, method="physical")
        yield shop


def proof_of(manifest: Manifest) -> tuple[str, str]:
    assert manifest.physical is not None
    return manifest.physical.kind, manifest.physical.proof_method


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


@pytest.fixture(scope="module")
def eighteen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Where the log can be decoded, and the other database is nobody else's business."""
    settings = {"wal_level": "logical", "max_prepared_transactions": "4"}
    with shop_on(tmp_path_factory.mktemp("18"), 18, **settings) as shop:
        with shop.theirs.administrator() as admin:
            admin.execute("REVOKE CONNECT ON DATABASE bills FROM PUBLIC")
        shop.entitled()
        yield shop


def test_a_slot_tells_the_moment_under_writes_and_a_chain_grows(
    eighteen: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_points, "QUIET_ATTEMPTS", 0)
    with eighteen.written_to():
        first = take(eighteen.configuration, method="physical")
        second = take(eighteen.configuration, method="physical")
    assert proof_of(first) == ("full", "slot")
    assert proof_of(second) == ("incremental", "slot")
    for manifest in (first, second):
        record = drill(eighteen.configuration, manifest.backup_id)
        assert (record.verdict, record.findings) == ("proven", [])
    with eighteen.theirs.administrator() as admin:
        assert admin.execute("SELECT count(*) FROM pg_replication_slots").fetchall() == [(0,)]


def test_a_prepared_transaction_that_is_in_the_way_is_named(
    eighteen: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_points, "QUIET_ATTEMPTS", 0)
    monkeypatch.setattr(proof_points, "LOCK_ATTEMPTS", 1)
    monkeypatch.setattr(proof_points, "SLOT_ATTEMPTS", 1)
    monkeypatch.setattr(slot, "SLOT_WAIT_MS", 100)
    with eighteen.theirs.administrator("shop") as admin:
        admin.execute("GRANT pg_maintain TO keeper")
        admin.execute("BEGIN")
        admin.execute("INSERT INTO sold (what) VALUES ('later')")
        admin.execute("PREPARE TRANSACTION 'till 7'")
        try:
            manifest = take(eighteen.configuration, method="physical")
        finally:
            admin.execute("ROLLBACK PREPARED 'till 7'")
    assert manifest.physical is not None
    assert "the prepared transaction 'till 7'" in (manifest.physical.unproven or "")


def test_a_cluster_that_is_mostly_others_business_is_not_taken_whole_by_itself(
    eighteen: Shop,
) -> None:
    manifest = take(eighteen.configuration)
    choice = chosen_for(eighteen.configuration, manifest.backup_id)
    assert manifest.method == "logical"
    assert choice is not None
    assert "other databases" in choice.reason


def test_a_server_of_version_16_is_proven_too(tmp_path: Path) -> None:
    with shop_on(tmp_path, 16) as shop:
        while found := shop.missing():
            shop.follow(found[0].statement)
        manifest = take(shop.configuration, method="physical")
        assert manifest.postgres_version.startswith("16")
        record = drill(shop.configuration)
        assert (record.verdict, record.findings) == ("proven", [])
