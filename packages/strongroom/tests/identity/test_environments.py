"""What belongs to one environment is refused to every other."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.errors import ConfigurationError, RefusedError
from strongroom.identity import init, open_database
from strongroom.identity.environments import (
    environment_called,
    environment_warnings,
    is_production,
    neighbours,
    shared_places,
)


def described(
    home: Path, environment: str, *, url: str | None = None, **words: str
) -> Configuration:
    home.mkdir(parents=True, exist_ok=True)
    text = default_document(application="runs", environment=environment, database="runs", url=url)
    for old, new in words.items():
        text = text.replace(f'{old} = "', f'{old} = "{new}')
    path = home / CONFIGURATION_NAME
    path.write_text(text)
    return load(path)


def test_a_process_of_another_environment_never_gets_to_production(
    sample: Configuration, tmp_path: Path
) -> None:
    """A development configuration that was pointed at production's files, pin and all."""
    other = tmp_path / "development"
    shutil.copytree(sample.directory, other, symlinks=True)
    label = f'environment = "{sample.environment}"'
    text = (other / CONFIGURATION_NAME).read_text().replace(label, 'environment = "development"')
    (other / CONFIGURATION_NAME).write_text(text)
    development = replace(load(other / CONFIGURATION_NAME), server=sample.server)
    with pytest.raises(RefusedError) as refusal, open_database(development):
        pass
    assert refusal.value.judgement["verdict"] == "wrong_environment"
    assert refusal.value.exit_code == 13


def test_two_environments_of_one_home_share_nothing(tmp_path: Path) -> None:
    production = described(tmp_path / "production", "production")
    staging = described(tmp_path / "staging", "staging")
    assert shared_places(production, staging) == ()
    assert neighbours(production) == [staging]
    assert environment_warnings(staging) == ()


@pytest.mark.parametrize(
    ("setting", "value", "what"),
    [
        ("data_directory", "../production/", "data directory"),
        ("private_key", "../production/", "private key"),
        ("passwords", "../production/", "passwords"),
        ("cache", "../production/", "state"),
        ("run_directory", "../production/", "run directory"),
        ("data_directory", "../production/data/pg_wal/", "lies within data directory"),
        ("data_directory", "../link/", "data directory"),
    ],
)
def test_a_shared_place_is_seen_by_whatever_name(
    tmp_path: Path, setting: str, value: str, what: str
) -> None:
    production = described(tmp_path / "production", "production")
    (tmp_path / "link").symlink_to(tmp_path / "production")
    staging = described(tmp_path / "staging", "staging", **{setting: value})
    assert [one for one in shared_places(production, staging) if what in one]
    assert [one.code for one in environment_warnings(production)]


def test_one_volume_under_two_names_is_one_place(tmp_path: Path) -> None:
    production = described(tmp_path / "production", "production")
    staging = described(tmp_path / "staging", "staging")
    for one in (production, staging):
        one.directory.joinpath("store").mkdir()
    assert shared_places(production, staging) == ()
    shutil.rmtree(staging.directory / "store")
    (staging.directory / "store").symlink_to(production.directory / "store")
    assert [one for one in shared_places(production, staging) if one.startswith("store: ")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("postgresql://db.example/runs", "postgresql://app@DB.example:5432/runs", True),
        ("postgresql://localhost/runs", "host=127.0.0.1 dbname=runs", True),
        ("postgresql://db.example/runs", "postgresql://db.example:5433/runs", False),
        ("postgresql://db.example/runs", "postgresql://db2.example/runs", False),
    ],
)
def test_one_address_written_in_two_ways_is_one_place(
    tmp_path: Path, one: str, other: str, *, same: bool
) -> None:
    production = described(tmp_path / "production", "production", url=one)
    staging = described(tmp_path / "staging", "staging", url=other)
    assert ("database.url" in shared_places(production, staging)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("s3://backups/app", "s3://backups/app?region=eu", True),
        ("s3://backups", "s3://backups/app", True),
        ("s3://backups/app", "s3://backups/app2", False),
        ("s3://backups/app", "s3://others/app", False),
        ("s3://backups/app", "s3://backups/app?endpoint=http://localhost:9000", False),
        ("s3://backups/app", "/backups/app", False),
    ],
)
def test_two_stores_within_each_other_in_one_bucket_are_one_place(
    tmp_path: Path, one: str, other: str, *, same: bool
) -> None:
    production = replace(described(tmp_path / "production", "production"), store_url=one)
    staging = replace(described(tmp_path / "staging", "staging"), store_url=other)
    assert ("store: s3://backups" in "".join(shared_places(production, staging))) is same


def test_init_refuses_a_place_that_another_environment_has(tmp_path: Path) -> None:
    described(tmp_path / "production", "production")
    staging = described(tmp_path / "staging", "staging", data_directory="../production/")
    with pytest.raises(ConfigurationError) as refusal:
        init(staging)
    assert "staging and production share" in refusal.value.message
    assert not (tmp_path / "production" / "data").exists()


def test_an_environment_is_found_by_its_label(tmp_path: Path) -> None:
    production = described(tmp_path / "production", "production")
    staging = described(tmp_path / "staging", "staging")
    assert environment_called("staging", production.path) == staging
    assert environment_called("staging", tmp_path) == staging
    described(tmp_path / "staging-2", "staging")
    with pytest.raises(ConfigurationError, match="Several"):
        environment_called("staging", production.path)


def test_labels_of_production_are_known(tmp_path: Path) -> None:
    yes = ["production", "prod", "live", "prod-eu", "prd", "live2", "eu-prod", "us_production"]
    no = ["staging", "dev", "preprod", "pre-prod", "non-production", "reproduce", "alive"]
    labels = {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)}
    for label, expected in labels.items():
        assert is_production(described(tmp_path / label, label)) is expected
