"""The surroundings that a configuration names are audited with everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.audit import audit
from strongroom.audit.baseline import write_baseline
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.errors import ConfigurationError
from strongroom.report.surroundings import audit_settings, surroundings_of

COMPOSE = """
services:
  database:
    image: postgres:17
    volumes:
      - postgres_data:/var/lib/postgresql/data
volumes:
  postgres_data:
"""
"""As on the day of the incident: the volume is named after whatever the directory is called."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    return tmp_path


def configured(directory: Path, table: str) -> Configuration:
    text = default_document(application="app", environment="test", database="app")
    (directory / CONFIGURATION_NAME).write_text(f"{text}\n[audit]\n{table}\n")
    return load(directory / CONFIGURATION_NAME)


def test_a_danger_is_told_until_a_baseline_knows_it(project: Path) -> None:
    found = surroundings_of(configured(project, 'paths = ["compose.yaml"]'))
    assert found is not None
    assert "volume-name-implicit" in {one.rule for one in found.dangers}
    write_baseline(project / "known.json", audit([project / "compose.yaml"]).findings)
    known = configured(project, 'paths = ["compose.yaml"]\nbaseline = "known.json"')
    again = surroundings_of(known)
    assert again is not None
    assert again.dangers == ()


def test_what_cannot_be_audited_is_no_clean_bill(project: Path) -> None:
    found = surroundings_of(configured(project, 'paths = ["not-there.yaml"]'))
    assert found is not None
    assert found.problem is not None


def test_nothing_is_audited_where_nothing_is_named(project: Path) -> None:
    assert surroundings_of(configured(project, "")) is None


@pytest.mark.parametrize("table", ['path = ["x"]', 'paths = "x"', "paths = [1]", "baseline = 3"])
def test_what_means_nothing_is_refused(project: Path, table: str) -> None:
    with pytest.raises(ConfigurationError):
        audit_settings(configured(project, table))
