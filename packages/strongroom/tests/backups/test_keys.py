"""Keys are changed without a gap: what could be opened still can be, and what cannot is told."""

from __future__ import annotations

import json
import os
import pty
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from click.testing import CliRunner
from pyrage import x25519

from strongroom.backups import escrow, list_keys, prove_key, save_key, take, unopened
from strongroom.backups.archive import open_archive
from strongroom.cli import strongroom
from strongroom.config import Configuration
from strongroom.drills import drill
from strongroom.errors import BackupError, PinError, StrongroomError, WrongKeyError
from strongroom.identity import add_recipient, check, remove_recipient, rotate_key
from strongroom.identity.key_copies import read_copy
from strongroom.identity.key_ring import key_files, public_keys, recover_keys, ring_directory
from strongroom.identity.pin import pin_of
from strongroom.ledger import ledger_of
from strongroom.report import collect, evaluate

PASSPHRASE = "twelve small boats at anchor"
Shop = Any
"""``conftest.Shop``; pytest loads that file under a name of its own."""


def public(identity: x25519.Identity) -> str:
    return str(identity.to_public())


def pinned(configuration: Configuration) -> tuple[str, ...]:
    pin = pin_of(configuration)
    assert pin is not None
    return pin.recipients


@pytest.fixture
def keys(shop: Shop) -> Iterator[Configuration]:
    """The shop's configuration; its lock and its keys are as before after the test."""
    configuration = shop.configuration
    kept = {one: one.read_bytes() for one in (configuration.lock_path, configuration.private_key)}
    shutil.rmtree(configuration.directory / "store" / "backups", ignore_errors=True)
    configuration.ledger_path.unlink(missing_ok=True)
    yield configuration
    shutil.rmtree(ring_directory(configuration), ignore_errors=True)
    for path, data in kept.items():
        path.write_bytes(data)


def run(configuration: Configuration, *arguments: str, code: int = 0) -> dict[str, Any]:
    told = ["--config", str(configuration.path), "key", *arguments, "--json"]
    result = CliRunner().invoke(strongroom, told)
    assert result.exit_code == code, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_after_a_rotation_the_new_key_opens_the_new_backups_and_the_old_one_the_old(
    shop: Shop, keys: Configuration, tmp_path: Path
) -> None:
    colleague = x25519.Identity.generate()
    add_recipient(keys, public(colleague))
    (old_key, _), before = pinned(keys), shop.take()
    saved_before = Path(save_key(keys, tmp_path / "before.txt").key_file)
    answer = run(keys, "rotate")
    assert pinned(keys) == (answer["public_key"], public(colleague))
    assert answer["dropped"] == [old_key]
    assert stat.S_IMODE(Path(answer["key_file"]).stat().st_mode) == 0o600
    assert check(keys).matches, "the database is the one that was pinned"
    after = shop.take()
    for manifest in (before, after):
        with open_archive(keys, manifest) as archive:
            assert archive.read(5) == b"PGDMP"
    with pytest.raises(WrongKeyError):
        prove_key(keys, saved_before)
    assert prove_key(keys, saved_before, before.backup_id).backup_id == before.backup_id
    theirs = tmp_path / "theirs.txt"
    theirs.write_text(str(colleague))
    opened = prove_key(keys, theirs, every=True)
    assert (set(opened.opened), opened.not_opened) == ({before.backup_id, after.backup_id}, [])
    saved = run(keys, "save", str(tmp_path / "after.txt"))["saved"]
    proof = run(keys, "prove", saved, "--all")
    assert (len(proof["opened"]), proof["not_opened"]) == (2, [])
    told = [one.kind for one in ledger_of(keys).readable()[0]]
    assert [kind for kind in told if kind in {"recipient_added", "key_rotated"}] == [
        "recipient_added",
        "key_rotated",
    ]


def test_a_saved_key_that_opens_only_some_backups_says_which(
    shop: Shop, keys: Configuration, tmp_path: Path
) -> None:
    first = shop.take()
    old = Path(save_key(keys, tmp_path / "old.txt").key_file)
    rotate_key(keys, keep_old=True)
    both = shop.take()
    assert len(both.recipients) == 2
    proof = run(keys, "prove", str(old), "--all")
    assert set(proof["opened"]) == {first.backup_id, both.backup_id}
    newest = key_files(keys)[-1]
    alone = tmp_path / "newest.txt"
    shutil.copy(newest.path, alone)
    proof = run(keys, "prove", str(alone), "--all", code=1)
    assert (proof["opened"], proof["not_opened"]) == ([both.backup_id], [first.backup_id])


def test_a_lost_key_is_a_condition_until_it_is_recovered(
    shop: Shop, keys: Configuration, tmp_path: Path
) -> None:
    manifest = shop.take()
    written, proof = escrow(keys, tmp_path, passphrase=PASSPHRASE)
    assert proof is not None
    assert proof.backup_id == manifest.backup_id
    lost = keys.private_key.read_bytes()
    keys.private_key.unlink()
    assert unopened(keys, [manifest]) == [manifest.backup_id]
    held = {one.kind: one for one in evaluate(collect(keys)).holding}
    assert held["key_missing"].severity == "critical"
    assert drill(keys).verdict == "inconclusive"
    with pytest.raises(WrongKeyError, match="no private key is here"), open_archive(keys, manifest):
        pass
    phrase = tmp_path / "phrase"
    phrase.write_text(PASSPHRASE + "\n")
    answer = run(keys, "recover", str(written), "--passphrase-file", str(phrase))
    assert len(answer["recovered"]) == 1
    assert str(read_copy(Path(answer["recovered"][0]), None)[0]).encode() in lost
    assert "key_missing" not in {one.kind for one in evaluate(collect(keys)).holding}
    again = run(keys, "recover", answer["recovered"][0])
    assert (again["recovered"], again["there"]) == ([], 1)


def test_with_another_recipients_key_everything_goes_on_without_the_lost_one(
    shop: Shop, keys: Configuration
) -> None:
    colleague, lost = x25519.Identity.generate(), pinned(keys)[0]
    add_recipient(keys, public(colleague))
    old = shop.take()
    keys.private_key.unlink()
    recover_keys(keys, [colleague])
    with open_archive(keys, old) as archive:
        assert archive.read(5) == b"PGDMP"
    rotate_key(keys, keep_old=True)
    remove_recipient(keys, lost)
    assert lost not in pinned(keys)
    assert unopened(keys, [old, shop.take()]) == []


def test_a_damaged_key_file_is_told_and_hinders_no_other(
    shop: Shop, keys: Configuration, tmp_path: Path
) -> None:
    manifest = shop.take()
    rotate_key(keys)
    damaged = ring_directory(keys) / "zz.txt"
    damaged.write_text("AGE-SECRET-KEY-1DAMAGED")
    with open_archive(keys, manifest) as archive:
        assert archive.read(5) == b"PGDMP"
    problems = [one.problem for one in list_keys(keys).keys if one.problem]
    assert len(problems) == 1
    assert "DAMAGED" not in problems[0]
    with pytest.raises(WrongKeyError, match="holds a damaged key"):
        save_key(keys, tmp_path / "copy.txt")
    assert not (tmp_path / "copy.txt").exists(), "a copy that lacks a key is none"


def test_a_locked_copy_opens_with_the_public_program_and_only_by_its_passphrase(
    shop: Shop, keys: Configuration, tmp_path: Path
) -> None:
    shop.take()
    rotate_key(keys)
    written, _ = escrow(keys, tmp_path / "locked.age", passphrase=PASSPHRASE)
    plain = _age_by_passphrase(written) if shutil.which("age") else _same_format(written)
    for one in key_files(keys):
        assert one.path.read_text().strip() in plain
    assert "SECRET" not in written.read_text()
    with pytest.raises(WrongKeyError, match="does not open") as wrong:
        read_copy(written, "another one entirely")
    assert "another one" not in str(wrong.value)


def _same_format(written: Path) -> str:
    return pyrage.passphrase.decrypt(written.read_bytes(), PASSPHRASE).decode()


def _age_by_passphrase(written: Path) -> str:
    """Run ``age -d`` on a terminal of its own, which is where it asks."""
    out = written.with_suffix(".out")
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("age", ["age", "-d", "-o", str(out), str(written)])  # noqa: S606
    os.read(terminal, 1024)  # it has asked
    os.write(terminal, PASSPHRASE.encode() + b"\n")
    while True:
        try:
            if not os.read(terminal, 1024):
                break
        except OSError:
            break
    assert os.waitpid(child, 0)[1] == 0
    os.close(terminal)
    return out.read_text()


def test_a_copy_locked_for_a_colleague_opens_with_their_key(
    shop: Shop, keys: Configuration, tmp_path: Path
) -> None:
    shop.take()
    colleague = x25519.Identity.generate()
    answer = run(keys, "escrow", str(tmp_path / "theirs.age"), "--to", public(colleague))
    assert answer["proven"] is False, "only they can"
    written = Path(answer["escrowed"])
    plain = pyrage.decrypt(written.read_bytes(), [colleague]).decode()
    assert keys.private_key.read_text().strip() in plain
    with pytest.raises(WrongKeyError, match="no passphrase"):
        read_copy(written, PASSPHRASE)


def test_what_would_lock_everybody_out_is_refused_and_changes_nothing(
    shop: Shop, keys: Configuration, tmp_path: Path
) -> None:
    del shop
    own, before = pinned(keys)[0], keys.lock_path.read_bytes()
    with pytest.raises(PinError, match="no private key at hand"):
        remove_recipient(keys, own)
    with pytest.raises(PinError, match="does not name"):
        remove_recipient(keys, public(x25519.Identity.generate()))
    secret = str(x25519.Identity.generate())
    with pytest.raises(WrongKeyError) as refused:
        add_recipient(keys, secret)
    assert secret not in str(refused.value)
    with pytest.raises(BackupError, match="shorter"):
        escrow(keys, tmp_path / "short.age", passphrase="short")
    (tmp_path / "there.age").write_text("mine")
    with pytest.raises(BackupError, match="exists already"):
        escrow(keys, tmp_path / "there.age", passphrase=PASSPHRASE)
    assert keys.lock_path.read_bytes() == before
    assert (tmp_path / "there.age").read_text() == "mine"


def test_without_a_terminal_a_passphrase_is_asked_of_nobody(
    keys: Configuration, tmp_path: Path
) -> None:
    answer = run(keys, "escrow", str(tmp_path / "new.age"), code=30)
    assert "--passphrase-file" in answer["error"]["next"]
    assert not (tmp_path / "new.age").exists()


def test_a_physical_backup_builds_on_nothing_that_the_new_key_does_not_open(
    sample: Configuration,
) -> None:
    kinds = []
    for rotate in (False, False, True, False):
        if rotate:
            rotate_key(sample)
        physical = take(sample, method="physical").physical
        assert physical is not None
        kinds.append(physical.kind)
    assert kinds == ["full", "incremental", "full", "incremental"]
    only_the_new = {*public_keys(sample)} & {*pinned(sample)}
    sample.private_key.unlink()
    assert len(only_the_new) == 1
    assert drill(sample).verdict == "proven"


def test_a_kill_during_a_rotation_locks_nobody_out(shop: Shop, keys: Configuration) -> None:
    class Dying:
        def __init__(self, at: str) -> None:
            self.at = at

        def step(self, name: str) -> None:
            if name == self.at:
                raise StrongroomError("killed", next_step="again")

        def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
            """Ignore amounts."""

    for step in ("key.made", "key.locked"):
        with pytest.raises(StrongroomError, match="killed"):
            rotate_key(keys, progress=Dying(step))
        assert public_keys(keys) >= set(pinned(keys))
        assert unopened(keys, [shop.take()]) == []
