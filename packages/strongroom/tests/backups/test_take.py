from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from orders import ORDERS, SECRET_WORD, record_of

from strongroom.backups import (
    listed,
)
from strongroom.backups.manifest import Manifest, TableRecord
from strongroom.backups.taking import STEPS, take
from strongroom.ledger import ledger_of
from strongroom.testing.killing import RecordSteps

Shop = Any
"""``conftest.Shop``; pytest loads that file under a name of its own."""

pytestmark = pytest.mark.usefixtures("orders")


def test_every_step_is_reached_in_order(shop: Shop) -> None:
    progress = RecordSteps()
    shop.take(progress)
    assert tuple(progress.steps) == STEPS


def test_a_backup_is_listed_recorded_and_restores_to_its_digests(
    shop: Shop, restored: Callable[[Manifest], dict[str, TableRecord]]
) -> None:
    manifest = shop.take()
    assert listed(shop.configuration)[0] == manifest
    assert ledger_of(shop.configuration).contains("backup", manifest_sha256=manifest.sha256)
    assert record_of(manifest).rows == ORDERS
    assert restored(manifest) == {table.name: table for table in manifest.tables}


def test_nothing_readable_is_in_the_store(shop: Shop) -> None:
    shop.take()
    files = [path for path in Path(shop.configuration.store_url).rglob("*") if path.is_file()]
    assert files
    assert not any(SECRET_WORD.encode() in path.read_bytes() for path in files)


def test_a_backup_that_opens_the_database_itself_is_the_same(shop: Shop) -> None:
    assert record_of(take(shop.configuration)) == record_of(shop.take())


def test_large_objects_are_in_the_backup_with_a_digest(
    shop: Shop, restored: Callable[[Manifest], dict[str, TableRecord]]
) -> None:
    shop.execute("SELECT lo_from_bytea(4711, 'picture')")
    try:
        manifest = shop.take()
        restored(manifest)
    finally:
        shop.execute("SELECT lo_unlink(4711)")
    assert manifest.not_covered == []
    assert [one.name for one in manifest.tables if one.method == "large_objects"] == [
        "pg_catalog.pg_largeobject"
    ]
    with psycopg.connect(**shop.database.server.administrator("copy")) as copy:
        assert copy.execute("SELECT lo_get(4711)").fetchall() == [(b"picture",)]


def test_what_is_not_covered_is_listed_with_its_reason(shop: Shop) -> None:
    shop.execute("""
        ALTER DATABASE shop SET work_mem = '5MB';
        CREATE MATERIALIZED VIEW public.summary AS SELECT count(*) FROM public.orders
    """)
    try:
        manifest = shop.take()
    finally:
        shop.execute("ALTER DATABASE shop RESET work_mem; DROP MATERIALIZED VIEW public.summary")
    gaps = {gap.what: gap.reason for gap in manifest.not_covered}
    assert set(gaps) == {
        "1 settings of the database (ALTER DATABASE … SET)",
        "public.summary",
    }
    assert all(gaps.values())


def test_the_manifest_tells_the_applied_revision(shop: Shop) -> None:
    assert shop.take().alembic_revision is None
    shop.execute("""
        CREATE TABLE public.alembic_version (version_num text);
        INSERT INTO public.alembic_version VALUES ('b2'), ('a1')
    """)
    try:
        assert shop.take().alembic_revision == "a1,b2"
    finally:
        shop.execute("DROP TABLE public.alembic_version")


def test_the_schema_s_fingerprint_changes_with_the_schema_alone(shop: Shop) -> None:
    first = shop.take().schema_fingerprint
    shop.execute("INSERT INTO public.orders (what) VALUES ('one more')")
    assert shop.take().schema_fingerprint == first
    shop.execute("ALTER TABLE public.orders ADD COLUMN note text")
    assert shop.take().schema_fingerprint != first
