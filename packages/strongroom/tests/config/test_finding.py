"""Where a configuration is looked for, and what stands in the way of finding one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from strongroom.config import find, finding
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
