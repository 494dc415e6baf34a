"""No damaged, forged or unreadable backup is ever proven."""

import hashlib
import json
import os
import random
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
from pyrage import x25519

from strongroom.backups import Manifest, load
from strongroom.backups.stream import encrypt
from strongroom.config import Configuration
from strongroom.drills import DrillRecord, drill, latest_proof
from strongroom.errors import NewerFormatError
from strongroom.identity import recipients
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.tools import running_tool
from strongroom.server.scratch import scratch_copy
from strongroom.storage import open_store
from strongroom.testing.killing import SOAK

FLIPS = 20 if os.environ.get(SOAK) else 8
PARTS = 4
"""So many tests share the flips, so that each is short and all run side by side."""
SEED = 20260119
FORGED = "20991231T235959Z-ffffff"
Forge = Callable[[str], DrillRecord]


def _file(configuration: Configuration, key: str) -> Path:
    return Path(configuration.store_url) / key


def _overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("which", ["data", "manifest"])
def test_no_single_flipped_byte_is_ever_proven(
    sample: Configuration, which: str, part: int
) -> None:
    manifest = load(sample)
    path = _file(sample, manifest.objects[0].key if which == "data" else manifest.key)
    whole = path.read_bytes()
    chosen = random.Random(SEED)  # noqa: S311  repeatable, not secret
    flips = [(at, 1 << chosen.randrange(8)) for at in chosen.sample(range(len(whole)), FLIPS)]
    for position, bit in flips[part::PARTS]:
        flipped = bytearray(whole)
        flipped[position] ^= bit
        _overwrite(path, bytes(flipped))
        record = drill(sample)
        assert record.verdict == "failed", f"seed {SEED}, {which} byte {position}"
        assert record.findings
    _overwrite(path, whole)
    assert drill(sample).verdict == "proven"


@pytest.mark.parametrize("kept", [0, 1, 0.5, 0.999])
def test_a_cut_off_object_fails(sample: Configuration, kept: float) -> None:
    path = _file(sample, load(sample).objects[0].key)
    whole = path.read_bytes()
    _overwrite(path, whole[: int(len(whole) * kept) if kept < 1 else 1])
    assert drill(sample).verdict == "failed"


def test_a_missing_object_fails_with_its_name(sample: Configuration) -> None:
    manifest = load(sample)
    _file(sample, manifest.objects[0].key).unlink()
    record = drill(sample)
    assert record.verdict == "failed"
    assert manifest.objects[0].key in record.findings[0]


def test_a_failure_takes_an_earlier_proof_away(sample: Configuration) -> None:
    assert drill(sample).verdict == "proven"
    path = _file(sample, load(sample).objects[0].key)
    _overwrite(path, path.read_bytes()[:-1])
    assert drill(sample).verdict == "failed"
    assert latest_proof(sample) is None


def test_another_key_or_none_proves_nothing(sample: Configuration) -> None:
    sample.private_key.write_text(f"{x25519.Identity.generate()}\n")
    with_another = drill(sample)
    sample.private_key.unlink()
    with_none = drill(sample)
    for record in (with_another, with_none):
        assert record.verdict == "inconclusive"
        assert "None of the private keys" in record.findings[0]
    assert latest_proof(sample) is None


def test_a_manifest_of_a_newer_format_is_refused(sample: Configuration) -> None:
    manifest = load(sample)
    newer = json.dumps({**manifest.as_dict(), "format": 99}).encode()
    store = open_store(sample.store_url)
    store.delete(manifest.key)
    sha256 = hashlib.sha256(newer).hexdigest()
    store.put(f"backups/{manifest.backup_id}/manifest-{sha256}.json", newer)
    with pytest.raises(NewerFormatError, match="format 99"):
        drill(sample)
    assert latest_proof(sample) is None


@pytest.fixture
def forge(sample: Configuration, tmp_path: Path) -> Forge:
    """Make a backup that is valid in every respect but for a change to its data, and drill it.

    Its author can encrypt, write the store and even the ledger; only the digests of the
    manifest are still those of the source.
    """

    def forged(change: str) -> DrillRecord:
        honest = load(sample)
        assert sample.server is not None
        with scratch_copy(sample.server.data_directory, tmp_path / "forge") as server:
            conninfo = server.administrator(sample.database)
            with connect(conninfo, autocommit=True) as connection:
                connection.execute(change.encode())
            dump = (server.binaries.tool("pg_dump"), ["--format=custom", "--compress=0"])
            with running_tool(*dump, conninfo, stdout=subprocess.PIPE) as tool:
                assert tool.process.stdout is not None
                _store(sample, honest, tool.process.stdout)
                assert tool.finish().exit_code == 0
        return drill(sample, FORGED)

    return forged


def _store(configuration: Configuration, honest: Manifest, dump: IO[bytes]) -> None:
    store, key = open_store(configuration.store_url), f"backups/{FORGED}/data.zst.age"
    keys = [str(recipient) for recipient in recipients(configuration)]
    with store.writer(key) as writer:
        stored = encrypt(dump, writer, key=key, recipients=keys)
    manifest = replace(honest, backup_id=FORGED, objects=[stored])
    ledger_of(configuration).record("backup", backup_id=FORGED, manifest_sha256=manifest.sha256)
    store.put(manifest.key, manifest.to_bytes())


def test_the_forger_s_tools_alone_change_nothing(forge: Forge) -> None:
    assert forge("SELECT 1").verdict == "proven"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("UPDATE public.athlete SET pulse = 61 WHERE pulse = 60", "public.athlete: same number"),
        ("UPDATE public.athlete SET speed = 0.0 WHERE speed = 0", "public.athlete: same number"),
        ("UPDATE public.gear SET kind = 'watch' WHERE kind IS NULL", "public.gear: same number"),
        ("DELETE FROM public.sample WHERE at = '2025-06-01'", "365 rows expected, 364 found"),
        ("DELETE FROM public.no_columns", "public.no_columns: 1 rows expected, 0 found"),
        (
            "INSERT INTO public.sample SELECT * FROM public.sample WHERE at = '2025-06-01'",
            "365 rows expected, 366 found",
        ),
        (
            (
                "DELETE FROM public.sample WHERE at = '2025-06-01';"
                "INSERT INTO public.sample SELECT * FROM public.sample WHERE at = '2025-06-02'"
            ),
            "public.sample_2025: same number",
        ),
        ("INSERT INTO public.nothing VALUES (1)", "public.nothing: 0 rows expected, 1 found"),
        ("TRUNCATE public.parent CASCADE", "public.child: 1 rows expected, 0 found"),
        ("DROP TABLE public.gear", "public.gear: not in the copy"),
        ("CREATE TABLE public.planted (a int)", "public.planted: not in the backup"),
        ("DROP INDEX public.athlete_name", "schema: "),
        ("ALTER TABLE public.athlete DISABLE ROW LEVEL SECURITY", "schema: "),
        ("DROP MATERIALIZED VIEW public.sample_count", "public.sample_count: not in the copy"),
        ("SELECT setval('public.athlete_id_seq', 2)", "public.athlete_id_seq: at 2, was at 3"),
        ("SELECT setval('public.countdown', 99)", "public.countdown: at 99, was at 96"),
        ("DROP SEQUENCE public.unused", "public.unused: not in the copy"),
        ("SELECT lo_put(4711, 3, 'X')", "pg_catalog.pg_largeobject: same number"),
    ],
)
def test_a_validly_encrypted_backup_with_other_contents_fails(
    forge: Forge, change: str, finding: str
) -> None:
    record = forge(change)
    assert record.verdict == "failed"
    assert any(finding in found for found in record.findings), record.findings
