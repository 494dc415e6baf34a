from __future__ import annotations

import stat
from pathlib import Path

import pytest

from strideiq.platform.errors import SettingsError
from strideiq.platform.settings import load_settings, write_environment_file

KEY = "k" * 32


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEYS_OLD", raising=False)


def test_without_a_secret_key_nothing_starts_and_the_error_says_how_to_make_one(
    tmp_path: Path,
) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY is not set") as caught:
        load_settings(tmp_path / "strideiq.env")
    assert "token_urlsafe" in caught.value.next_step
    assert "strideiq init" in caught.value.next_step


@pytest.mark.parametrize("key", ["", "short", "k" * 31, "k" * 20 + "," + "k" * 20])
def test_a_weak_or_unusable_key_is_refused_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SECRET_KEY", key)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path / "strideiq.env")
    assert not key or key not in f"{caught.value.message} {caught.value.next_step}"


def test_the_file_is_written_once_for_its_owner_only_and_never_changed(tmp_path: Path) -> None:
    file = tmp_path / "strideiq.env"
    assert write_environment_file(file)
    written = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not write_environment_file(file)
    assert file.read_text() == written
    assert len(load_settings(file).key_ring[0]) >= 32


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "strideiq.env"
    write_environment_file(file)
    file.chmod(0o640)
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert caught.value.next_step == f"chmod 600 {file}"


def test_variables_win_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "strideiq.env"
    write_environment_file(file)
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("SECRET_KEYS_OLD", "first, second")
    assert load_settings(file).key_ring == (KEY, "first", "second")


def test_settings_never_show_their_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    assert KEY not in repr(load_settings(tmp_path / "strideiq.env"))
