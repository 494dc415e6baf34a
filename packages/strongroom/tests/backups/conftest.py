import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest

from strongroom.backups import manifest as manifests
from strongroom.backups.manifest import Manifest, SnapshotRecord, TableRecord
from strongroom.backups.stream import encrypt
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.ledger import ledger_of
from strongroom.storage import open_store

IN_THE_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
IN_THE_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
KeepBackup = Callable[..., Manifest]


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    path = tmp_path / CONFIGURATION_NAME
    path.write_text(
        default_document(application="shop", environment="test", database="shop"), encoding="utf-8"
    )
    return load(path)


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
