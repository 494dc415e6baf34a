import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pyrage
import pytest

from strongroom.backups import manifest as manifests
from strongroom.backups import open_archive
from strongroom.backups.manifest import Manifest, SnapshotRecord, TableRecord
from strongroom.backups.stream import encrypt
from strongroom.backups.taking import take
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.identity.gate import OpenDatabase, open_database
from strongroom.identity.initialise import init
from strongroom.identity.swaps import push_floors
from strongroom.ledger import ledger_of
from strongroom.postgres.catalogue import user_tables
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.digests import digest_table, method_of, settle_session
from strongroom.postgres.tools import Finished, running_tool
from strongroom.progress import SILENT, Progress
from strongroom.storage import open_store
from strongroom.testing.settings import LOGICAL

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share

from orders import ORDERS, SECRET_WORD

IN_THE_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
KeepBackup = Callable[..., Manifest]


@dataclass(frozen=True)
class Shop:
    """A pinned database on a server of its own, open for as long as the tests of one file run."""

    configuration: Configuration
    database: OpenDatabase

    def take(self, progress: Progress = SILENT) -> Manifest:
        return take(self.configuration, self.database, progress=progress)

    def connect(self) -> psycopg.Connection:
        return connect(self.database.administrator(), autocommit=True)

    def execute(self, statements: str) -> None:
        with self.connect() as connection:
            connection.execute(statements.encode())

    @property
    def stored(self) -> list[str]:
        """Keys of all objects of backups, whole or not."""
        store = open_store(self.configuration.store_url)
        return [info.key for info in store.list("backups/")]


def configuration_in(directory: Path) -> Configuration:
    path = directory / CONFIGURATION_NAME
    path.write_text(
        default_document(application="shop", environment="test", database="shop") + LOGICAL,
        encoding="utf-8",
    )
    return load(path)


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return configuration_in(tmp_path)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    configuration = configuration_in(tmp_path_factory.mktemp("shop"))
    init(configuration)
    with open_database(configuration) as database:
        yield Shop(configuration, database)


@pytest.fixture
def keep_backup(configuration: Configuration) -> KeepBackup:
    """Put a small backup into the store, without any database."""

    def keep(
        backup_id: str,
        *,
        started_at: datetime = IN_THE_FUTURE,
        recorded: bool = True,
    ) -> Manifest:
        store, key = open_store(configuration.store_url), manifests.data_key(backup_id)
        recipient = str(pyrage.x25519.Identity.generate().to_public())
        with store.writer(key) as writer:
            stored = encrypt(io.BytesIO(b"plain"), writer, key=key, recipients=[recipient])
        manifest = Manifest(
            format=manifests.FORMAT,
            backup_id=backup_id,
            method="logical",
            database_id="4b9d0d6e-0000-4000-8000-000000000001",
            incarnation="4b9d0d6e-0000-4000-8000-000000000002",
            environment="test",
            application="shop",
            postgres_version="18.6",
            started_at=started_at,
            finished_at=started_at,
            duration_s=0.25,
            size_bytes=stored.size_bytes,
            database_size_bytes=8_000_000,
            objects=[stored],
            tables=[TableRecord(name="public.order", rows=3, digest="1:2", method="rows")],
            not_covered=[],
            sequences=[],
            extensions=[],
            roles=[],
            schema_fingerprint="0" * 64,
            alembic_revision=None,
            snapshot=SnapshotRecord(lsn="0/1"),
            recipients=[recipient],
        )
        if recorded:
            ledger_of(configuration).record(
                "backup", backup_id=backup_id, manifest_sha256=manifest.sha256
            )
        store.put(manifest.key, manifest.to_bytes())
        return manifest

    return keep


@pytest.fixture
def orders(shop: Shop) -> Iterator[None]:
    shop.execute(f"""
        SET ROLE shop_owner;
        CREATE TABLE public.orders (id bigint GENERATED ALWAYS AS IDENTITY, what text);
        INSERT INTO public.orders (what)
        SELECT '{SECRET_WORD} ' || n FROM generate_series(1, {ORDERS}) AS n
    """)
    push_floors(shop.configuration, {}, backup_id="none yet", at=datetime.now(UTC))
    yield
    shop.execute("DROP TABLE public.orders")


@pytest.fixture
def restored(shop: Shop) -> Callable[[Manifest], dict[str, TableRecord]]:
    """Restore a backup beside its database, and count and digest the copy."""

    def restore(manifest: Manifest) -> dict[str, TableRecord]:
        shop.execute("DROP DATABASE IF EXISTS copy")
        shop.execute("CREATE DATABASE copy TEMPLATE template0")
        server = shop.database.server
        conninfo = server.administrator("copy")
        with (
            open_archive(shop.configuration, manifest) as stream,
            running_tool(
                server.binaries.tool("pg_restore"), ["--dbname=copy"], conninfo, stdin=stream
            ) as tool,
        ):
            assert tool.finish() == Finished(0, "")
        methods = {one.name: method_of(one.method) or "rows" for one in manifest.tables}
        with psycopg.connect(**conninfo) as connection:
            settle_session(connection)
            return {
                table.label: TableRecord(
                    **vars(digest_table(connection, table, methods[table.label]))
                )
                for table in user_tables(connection)
            }

    return restore
