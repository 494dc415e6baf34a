"""The hosts' tests: no settings of this machine, a home of their own, and no daemon left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.command_guard import resident, settings
from strongroom.command_guard.hosts import client, doctor, installing
from strongroom.command_guard.hosts import settings as host_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "SYSTEM_PATH", tmp_path / "none.toml")
    monkeypatch.setattr(settings, "user_path", lambda: tmp_path / "none.toml")
    monkeypatch.setenv(resident.OFF, "off")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    place = tmp_path / "user"
    place.mkdir()
    for module in (host_settings, installing, doctor, client):
        monkeypatch.setattr(module, "home", lambda: place)
    return place
