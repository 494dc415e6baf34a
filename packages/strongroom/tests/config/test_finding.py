"""Where a configuration is looked for, and what stands in the way of finding one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.config import CONFIGURATION_NAME, default_document, find, finding
from strongroom.errors import ConfigurationError


def test_an_application_that_cannot_name_its_configuration_is_told_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locate(_: str | None) -> list[Path]:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STRONGROOM_CONFIG", raising=False)
    broken = SimpleNamespace(name="shop", load=lambda: locate)
    monkeypatch.setattr(finding, "entry_points", lambda **_: [broken])
    with pytest.raises(ConfigurationError, match=r"application shop .*home directory") as told:
        find()
    assert "--config" in str(told.value.next_step)


def test_a_configuration_that_only_an_application_names_is_told_beside_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, elsewhere = tmp_path / "home" / CONFIGURATION_NAME, tmp_path / "elsewhere"
    for directory in (path.parent, elsewhere):
        directory.mkdir()
    path.write_text(default_document(application="shop", environment="test", database="shop"))
    names = SimpleNamespace(name="shop", load=lambda: lambda _: [path])
    monkeypatch.delenv("STRONGROOM_CONFIG", raising=False)
    monkeypatch.setattr(finding, "entry_points", lambda **_: [names])
    monkeypatch.chdir(elsewhere)
    assert str(path) in CliRunner().invoke(strongroom, ["backups"]).stderr
    assert CliRunner().invoke(strongroom, ["backups", "--json"]).stderr == ""
    monkeypatch.chdir(path.parent)
    assert CliRunner().invoke(strongroom, ["backups"]).stderr == ""
