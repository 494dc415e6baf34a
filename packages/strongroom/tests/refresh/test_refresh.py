"""A masked copy takes the target's place: same shape, same keys, no original value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.backups import take
from strongroom.errors import LeakError, RefreshError
from strongroom.identity import check
from strongroom.ledger import ledger_of
from strongroom.refresh import refresh
from strongroom.restores import undo

if TYPE_CHECKING:
    from conftest import Environments

    from strongroom.refresh import Refreshed

SHAPE = """
SELECT count(*), count(DISTINCT email), count(DISTINCT strava_id), count(DISTINCT external)
FROM public.account
"""
JOINED = """
SELECT count(*) FROM public.message m
JOIN public.account a ON a.email = m.sender AND a.strava_id = m.strava
"""
LABEL = "SELECT environment, database_id::text FROM strongroom.identity"
PEOPLE = "SELECT id, email, name, phone, strava_id, born, external FROM public.account ORDER BY id"


def bytes_of(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def test_a_refresh_keeps_shape_and_keys_and_leaves_no_original_anywhere(
    refreshed: tuple[Environments, Refreshed],
) -> None:
    environments, done = refreshed
    production, staging = environments.production, environments.staging
    originals = environments.rows(production, PEOPLE)
    assert staging.server is not None
    left = bytes_of(staging.server.data_directory)  # by plain means, beside the proof's own
    for email, name, phone in (row[1:4] for row in originals):
        assert str(email).startswith("Runner.")
        assert "@mailbox-" in str(email)
        assert "Oberhuber" in str(name)
        assert str(phone).startswith("+4366012345")
    for part in (b"Runner.", b"@mailbox-", b"+4366012345"):  # of every one of them
        assert part not in left
    assert b"Oberhuber" not in left
    assert b"Salzburg-Umgebung" not in left
    assert check(staging).verdict == "match"
    assert environments.rows(staging, SHAPE) == [(400, 400, 400, 400)]
    assert environments.rows(staging, JOINED) == [(400,)]
    masked = environments.rows(staging, PEOPLE)
    for before, after in zip(originals, masked, strict=True):
        assert before[0] == after[0]
        assert not set(before[1:]) & set(after[1:])
    assert done.proof.values > 2_000
    assert done.proof.places["file"] > 300
    assert done.proof.not_searched == {
        "public.account.born": "moments of one person are moments of others too",
        "public.account.profile": "400 of 800 values have fewer than 8 bytes",
    }
    assert ledger_of(staging).contains("refresh", source="production", incarnation=done.incarnation)
    ((environment, database_id),) = environments.rows(staging, LABEL)
    assert environment == "staging"
    assert (environment, database_id) not in environments.rows(production, LABEL)


def test_the_same_input_becomes_the_same_output_and_the_former_copy_is_kept(
    refreshed: tuple[Environments, Refreshed],
) -> None:
    environments, _ = refreshed
    first = environments.rows(environments.staging, PEOPLE)
    environments.execute(environments.staging, "DELETE FROM public.message WHERE id = 1")
    manifest = take(environments.production, method="physical")  # the first one was a dump
    done = refresh(environments.production, environments.staging)
    assert done.plan.backup_id == manifest.backup_id
    assert environments.rows(environments.staging, PEOPLE) == first
    assert done.kept is not None
    assert (done.kept / "PG_VERSION").is_file()
    undo(environments.staging)
    count = environments.rows(environments.staging, "SELECT count(*) FROM public.message")
    assert count == [(399,)]
    assert check(environments.staging).verdict == "match"


def test_an_original_that_a_kept_place_holds_is_found_and_the_copy_removed(
    environments: Environments,
) -> None:
    environments.rule("[rows]", '[columns."public.kind"]\nplain = "keep"\n\n[rows]')
    environments.change_production(
        "INSERT INTO public.kind VALUES ('x', 'ask Anneliese Oberhuber 7')"
    )
    with pytest.raises(LeakError) as found:
        refresh(environments.production, environments.staging)
    assert "public.account.name in table public.kind" in found.value.message
    assert not re.search(r"Anneliese|mailbox", found.value.message)
    assert not list((environments.staging.directory / "refreshed").glob("*"))
    assert not list(environments.staging.scratch_directory.glob("scratch-*"))
    assert check(environments.staging).verdict == "match"


def test_a_damaged_masking_key_or_one_that_others_may_read_stops(
    environments: Environments,
) -> None:
    key = environments.production.private_key.parent / "masking-key.txt"
    key.write_text("no key")
    key.chmod(0o600)
    with pytest.raises(RefreshError, match="damaged"):
        refresh(environments.production, environments.staging)
    key.chmod(0o644)
    with pytest.raises(RefreshError, match="Others may read"):
        refresh(environments.production, environments.staging)
