from __future__ import annotations

from pathlib import Path

from strongroom.identity.keys import ensure_private_key


def test_git_ignores_a_directory_that_holds_our_keys_alone(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "roles.json").touch()
    ensure_private_key(tmp_path / "keys" / "backup-key.txt")
    assert (tmp_path / "keys" / ".gitignore").read_text() == "*\n"


def test_a_directory_of_others_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    ensure_private_key(tmp_path / "backup-key.txt")
    assert not (tmp_path / ".gitignore").exists()
