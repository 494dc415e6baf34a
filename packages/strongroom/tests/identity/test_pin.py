"""A lock file that is not what strongroom wrote is refused with its own reason, never guessed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from strongroom.config import Configuration
from strongroom.errors import NewerFormatError, PinError, RefusedError, StrongroomError
from strongroom.identity import Verdict, check, open_database
from strongroom.identity.pin import Pin, load_pin, write_pin

PIN = Pin("4b9d0d6e-0000-4000-8000-000000000001", "production", ("age1public",))
OTHER = Pin("4b9d0d6e-0000-4000-8000-000000000002", "production", ("age1public",))


def lock(directory: Path, **pins: Pin) -> Path:
    path = directory / "strongroom.lock"
    for key, pin in pins.items():
        write_pin(path, pin, key)
    return path


def changed(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def test_a_pin_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = lock(tmp_path, main=PIN)
    assert load_pin(path) == PIN
    assert load_pin(path, "events") is None
    assert load_pin(tmp_path / "missing") is None


def test_a_second_database_is_added_and_none_is_ever_changed(tmp_path: Path) -> None:
    path = lock(tmp_path, main=PIN)
    write_pin(path, OTHER, "events")
    before = path.read_bytes()
    write_pin(path, PIN)
    with pytest.raises(PinError, match="a pin never changes"):
        write_pin(path, OTHER)
    with pytest.raises(PinError, match="another key"):
        write_pin(path, Pin(PIN.database_id, "production", ("age1other",)), "third")
    assert path.read_bytes() == before
    assert (load_pin(path), load_pin(path, "events")) == (PIN, OTHER)


def test_a_pin_of_before_there_was_a_checksum_is_believed(tmp_path: Path) -> None:
    path = lock(tmp_path, main=PIN)
    changed(path, lambda document: document["databases"]["main"].pop("checksum"))
    assert load_pin(path) == PIN


def test_recipients_may_be_changed_by_hand(tmp_path: Path) -> None:
    path = lock(tmp_path, main=PIN)
    changed(path, lambda document: document.update(recipients=["age1new"]))
    pin = load_pin(path)
    assert pin is not None
    assert pin.recipients == ("age1new",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda main: main.update(environment="staging"), "changed by hand"),
        (lambda main: main.update(database_id=OTHER.database_id), "changed by hand"),
        (lambda main: main.update(note="x"), "does not know: note"),
        (lambda main: main.update(database_id="short"), "damaged"),
        (lambda main: main.pop("environment"), "damaged"),
    ],
)
def test_a_pin_that_was_changed_by_hand_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], reason: str
) -> None:
    path = lock(tmp_path, main=PIN)
    changed(path, lambda document: change(document["databases"]["main"]))
    with pytest.raises(PinError, match=reason) as refused:
        load_pin(path)
    assert "version control" in refused.value.next_step


def test_two_pins_that_were_exchanged_are_refused(tmp_path: Path) -> None:
    path = lock(tmp_path, main=PIN, events=OTHER)

    def exchange(document: dict[str, Any]) -> None:
        databases = document["databases"]
        databases["main"], databases["events"] = databases["events"], databases["main"]

    with pytest.raises(PinError, match="changed by hand"):
        load_pin(changed(path, exchange))


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("", PinError, "is empty"),
        ("{", PinError, "is damaged"),
        ("[]", PinError, "is damaged"),
        ('{"format": 1, "databases": {}}', PinError, "is damaged"),
        ('{"format": 1, "databases": {"main": 1}, "recipients": []}', PinError, "is damaged"),
        ('{"format": 1, "databases": {}, "recipients": "age1"}', PinError, "is damaged"),
        ('{"format": 0, "databases": {}, "recipients": []}', PinError, "does not say its format"),
        ('{"format": true, "databases": {}, "recipients": []}', PinError, "does not say"),
        ("[" * 100_000, PinError, "is damaged"),
        ('{"format": 1, "more": 1}', PinError, "does not know: more"),
        ('{"format": 1, "format": 1}', PinError, "names format twice"),
        ('{"format": 9}', NewerFormatError, "has format 9"),
        ('{\n<<<<<<< HEAD\n"format": 1\n=======\n>>>>>>> b\n}', PinError, "in conflict"),
    ],
)
def test_a_file_that_is_no_lock_is_refused(
    tmp_path: Path, text: str, error: type[StrongroomError], reason: str
) -> None:
    path = tmp_path / "strongroom.lock"
    path.write_text(text)
    with pytest.raises(error, match=reason) as refused:
        load_pin(path)
    assert refused.value.next_step


def test_a_lost_lock_is_told_from_a_database_that_was_never_pinned(home: Configuration) -> None:
    home.lock_path.unlink()
    judgement = check(home)
    assert judgement.verdict is Verdict.UNPINNED
    assert "was lost" in judgement.message
    assert "version control" in judgement.next
    with pytest.raises(RefusedError, match="was lost"), open_database(home):
        pytest.fail("opened without a pin")
    shutil.rmtree(home.state_cache)
    assert "was lost" not in check(home).message


def test_a_lock_whose_id_was_edited_is_told_from_a_lost_state(home: Configuration) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["databases"]["main"] = {
            "database_id": PIN.database_id,
            "environment": "production",
        }

    changed(home.lock_path, edit)
    with pytest.raises(PinError, match="was edited, or belongs to another project"):
        check(home)


def test_a_lock_whose_environment_was_edited_opens_nothing(home: Configuration) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["databases"]["main"].pop("checksum")
        document["databases"]["main"]["environment"] = "staging"

    changed(home.lock_path, edit)
    assert check(home).verdict is Verdict.WRONG_ENVIRONMENT
