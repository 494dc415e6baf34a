"""One byte flipped anywhere in the store is found; one row changed validly is found, too.

Over every object of a logical backup and of a physical chain (base, incremental, the log of
each), their manifests, the records of drills, the state and the anchors of the ledger. Objects
of a continuous log are tried as soon as ``objects_of`` finds them in the store.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fault_home import Home
from forging import opened, stored_again, with_changed_row

from strongroom.backups import fsck
from strongroom.drills import drill, latest_proof, require_as_written
from strongroom.testing.killing import SOAK

SEED = 20261127
REGIONS = 4
"""Each object is flipped in each of so many equal parts."""
FLIPS = 25 if os.environ.get(SOAK) else 1
"""In each part of each object."""
DRILLS = 12 if os.environ.get(SOAK) else 1
"""Of each object of data."""
FORGED = "20991231T235959Z-ffffff"
ROOMS = ("backups", "drills", "state", "ledger", "wal")


def objects_of(store: Path) -> list[Path]:
    """Every object that something depends on."""
    return [path for room in ROOMS for path in sorted((store / room).rglob("*")) if path.is_file()]


def positions(path: Path, count: int) -> Iterator[tuple[int, int]]:
    """Places and bits to flip, in every part of an object; the same in each run."""
    chosen, size = random.Random(f"{SEED} {path.name[-12:]}"), path.stat().st_size  # noqa: S311
    for region in range(REGIONS):
        for _ in range(count):
            start, end = region * size // REGIONS, (region + 1) * size // REGIONS
            yield chosen.randrange(start, max(end, start + 1)), 1 << chosen.randrange(8)


@contextmanager
def flipped(path: Path, position: int, bit: int) -> Iterator[None]:
    whole = path.read_bytes()
    spoilt = bytearray(whole)
    spoilt[position] ^= bit
    path.write_bytes(spoilt)
    try:
        yield
    finally:
        path.write_bytes(whole)


@pytest.mark.timeout(0)
def test_fsck_finds_a_flipped_byte_in_any_part_of_any_object(home: Home) -> None:
    home.begin("plain")
    store, missed, tried = home.directory / "store", [], 0
    for path in objects_of(store):
        key = str(path.relative_to(store))
        for position, bit in positions(path, FLIPS):
            with flipped(path, position, bit):
                found = fsck(home.configuration, check_drill=require_as_written, read_data=True)
            tried += 1
            if not (found.damaged and any(one.key == key for one in found.findings)):
                missed.append(f"{key} at {position}, bit {bit}: {found.findings}")
    assert not missed, f"{len(missed)} of {tried}:\n" + "\n".join(missed)
    assert tried > 4 * 25
    assert not fsck(home.configuration, check_drill=require_as_written, read_data=True).findings


@pytest.mark.timeout(0)
@pytest.mark.parametrize("which", ["logical", "base", "log of the base", "change", "log"])
def test_a_drill_fails_where_a_byte_of_what_it_restores_is_flipped(home: Home, which: str) -> None:
    state = home.begin("plain")
    logical, base, change = state.backups.values()
    stored, drilled = {
        "logical": (logical.objects[0], logical),
        "base": (base.objects[0], change),
        "log of the base": (base.objects[1], base),
        "change": (change.objects[0], change),
        "log": (change.objects[1], change),
    }[which]
    path = home.directory / "store" / stored.key
    for position, bit in [*positions(path, DRILLS)][:: 1 if DRILLS > 1 else REGIONS]:
        with flipped(path, position, bit):
            record = drill(home.configuration, drilled.backup_id)
        assert record.verdict == "failed", f"{which}, byte {position}, bit {bit}"
        assert record.findings
        assert latest_proof(home.configuration, drilled.backup_id) is None


def test_one_row_changed_with_every_checksum_renewed_is_found_by_the_digests(home: Home) -> None:
    state = home.begin("plain")
    base = [*state.backups.values()][1]
    plain = [opened(home.configuration, base, index) for index in range(len(base.objects))]
    unchanged = stored_again(
        home.configuration, base, FORGED.replace("f", "e"), [*map(bytes, plain)]
    )
    plain[0] = with_changed_row(plain[0], b"runner 17", b"runner 71")
    stored_again(home.configuration, base, FORGED, [*map(bytes, plain)])
    record = drill(home.configuration, FORGED)
    assert record.verdict == "failed"
    assert [table.name for table in record.tables if not table.equal] == ["public.runner"]
    assert {one.name: one.status for one in record.checks}["files"] == "ok", "all checksums fit"
    assert drill(home.configuration, unchanged.backup_id).verdict == "proven"
