from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.config import default_document, parse
from strongroom.errors import PinError
from strongroom.identity.keys import ensure_private_key, recipients
from strongroom.identity.pin import Pin, write_pin


def test_git_ignores_a_directory_that_holds_our_keys_alone(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "roles.json").touch()
    ensure_private_key(tmp_path / "keys" / "backup-key.txt")
    assert (tmp_path / "keys" / ".gitignore").read_text() == "*\n"


def test_a_directory_of_others_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    ensure_private_key(tmp_path / "backup-key.txt")
    assert not (tmp_path / ".gitignore").exists()


def test_a_recipient_that_is_no_key_is_told_as_the_lock_that_names_it(tmp_path: Path) -> None:
    text = default_document(application="app", environment="test", database="app")
    configuration = parse(tmp_path / "strongroom.toml", text)
    pin = Pin("11111111-2222-3333-4444-555555555555", "test", ("age1nobody",))
    write_pin(configuration.lock_path, pin)
    with pytest.raises(PinError, match="no public age key"):
        recipients(configuration)
