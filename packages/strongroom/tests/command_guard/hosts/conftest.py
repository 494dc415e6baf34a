"""The hosts' tests judge with no settings of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.command_guard import settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "SYSTEM_PATH", tmp_path / "none.toml")
    monkeypatch.setattr(settings, "user_path", lambda: tmp_path / "none.toml")
