"""A whole backup is proven, and proving it leaves everything else as it was."""

import hashlib
from pathlib import Path

import pytest

from strongroom.backups import take
from strongroom.config import Configuration
from strongroom.drills import STEPS, drill, latest_proof, proofs
from strongroom.errors import NoSpaceError, NoSuchBackupError
from strongroom.identity import check, open_database
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.restores import plan_restore
from strongroom.testing.killing import RecordSteps


def _tree(directory: Path) -> dict[str, str]:
    """Every file below a directory, by the hash of its bytes."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_one_of_everything_is_proven(sample: Configuration) -> None:
    record = drill(sample)
    assert record.verdict == "proven", record.findings
    assert {check.status for check in record.checks} == {"ok"}
    rows = {table.name: table.found_rows for table in record.tables}
    assert rows["public.athlete"] == 3
    assert rows['"Läufe & more"."Lauf ""A"""'] == 500
    assert rows["public.nothing"] == 0
    assert rows["public.no_columns"] == 1
    assert rows["public.sample_2025"] == 365
    assert rows["pg_catalog.pg_largeobject"] == 2
    assert rows["public.child"] == rows["public.parent"] == 1
    assert all(table.equal for table in record.tables)
    assert set(record.parts_s) == {"prepare", "load", "download", "compare"}
    assert 0 < record.restore_s < record.duration_s


def test_what_no_digest_covers_is_listed(sample: Configuration) -> None:
    listed = "; ".join(drill(sample).not_covered)
    assert "large objects" not in listed
    assert "public.sample_count" in listed


def test_a_drill_is_stored_and_named_in_the_ledger(sample: Configuration) -> None:
    record = drill(sample)
    assert proofs(sample) == [record]
    assert latest_proof(sample, record.backup_id) == record
    assert ledger_of(sample).contains("drill", drill_id=record.drill_id, verdict="proven")


def test_a_drill_reaches_every_step_in_order(sample: Configuration) -> None:
    seen = RecordSteps()
    drill(sample, progress=seen)
    assert [step for step in seen.steps if step in STEPS] == list(STEPS)


def test_a_drill_touches_no_byte_of_the_database_and_leaves_no_scratch(
    sample: Configuration,
) -> None:
    assert sample.server is not None
    before = _tree(sample.server.data_directory)
    drill(sample)
    assert _tree(sample.server.data_directory) == before
    assert not list(sample.scratch_directory.glob("scratch-*"))


def test_a_drill_beside_a_running_server_disturbs_nobody(sample: Configuration) -> None:
    with open_database(sample) as database, connect(database.conninfo()) as connection:
        connection.execute("INSERT INTO public.nothing VALUES (1)")
        assert drill(sample).verdict == "proven"
        connection.commit()
        assert connection.execute("SELECT count(*) FROM public.nothing").fetchone() == (1,)
    assert check(sample).verdict == "match"


def test_the_newest_backup_is_drilled_unless_one_is_named(sample: Configuration) -> None:
    older = drill(sample).backup_id
    newer = take(sample).backup_id
    assert drill(sample).backup_id == newer
    assert drill(sample, older).backup_id == older


def test_a_backup_that_is_not_there_is_an_error(sample: Configuration) -> None:
    with pytest.raises(NoSuchBackupError):
        drill(sample, "20000101T000000Z-000000")


def test_without_room_nothing_is_started(sample: Configuration) -> None:
    seen = RecordSteps()
    with pytest.raises(NoSpaceError, match="Nothing was started"):
        drill(sample, progress=seen, free_bytes=lambda _: 1_000_000)
    assert seen.steps == ["drill.manifest_read"]
    assert proofs(sample) == []


def test_a_backup_that_the_ledger_does_not_vouch_for_is_drilled_with_a_warning(
    sample: Configuration,
) -> None:
    """Its manifest says what it holds, and whoever wrote the one wrote the other."""
    sample.ledger_path.rename(sample.ledger_path.with_suffix(".lost"))
    assert not plan_restore(sample).in_ledger
    record = drill(sample)
    assert record.verdict == "proven", record.findings
    assert [check.name for check in record.checks if check.status == "warning"] == ["ledger"]
