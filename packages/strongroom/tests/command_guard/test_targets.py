"""What matters is the target: labels, settings, the pin, and what really lies on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.command_guard import GuardSettings, judge, read_settings
from strongroom.command_guard.judging import fingerprint_of
from strongroom.command_guard.settings import user_path
from strongroom.errors import ConfigurationError

from .conftest import NOWHERE, judged


def allowed(command: str, settings: GuardSettings, directory: Path = NOWHERE) -> bool:
    return judge(command, directory, settings=settings, acting=False).allowed


def test_settings_name_what_holds_data_and_free_the_rest() -> None:
    settings = GuardSettings(
        containers=("shop-*",),
        volumes=("shop_*",),
        databases=("test_of_time",),
        test_databases=("mine_*",),
        scratch=("/srv/scratch",),
    )
    assert allowed("docker exec other psql -c 'DROP TABLE a'", settings)
    assert not allowed("docker exec shop-db psql -c 'DROP TABLE a'", settings)
    assert allowed("docker volume rm pgdata", settings)
    assert not allowed("docker volume rm shop_pgdata", settings)
    assert allowed("dropdb mine_1", settings)
    assert not allowed("dropdb test_of_time", settings)
    assert allowed("rm -rf /srv/scratch/pgdata", settings)


def test_a_cluster_is_found_on_the_disk_whatever_its_directory_is_called(tmp_path: Path) -> None:
    cluster = tmp_path / "src" / "innocent"
    cluster.mkdir(parents=True)
    assert judged("rm -rf innocent", tmp_path / "src").allowed
    (cluster / "PG_VERSION").write_text("18\n")
    assert not judged("rm -rf innocent", tmp_path / "src").allowed
    assert not judged("mv src elsewhere", tmp_path).allowed


def test_a_configuration_alone_relabels_no_database(tmp_path: Path) -> None:
    (tmp_path / "strongroom.toml").write_text('environment = "test"\n[database]\nname = "runs"\n')
    assert not judged("dropdb runs", tmp_path).allowed
    (tmp_path / "strongroom.lock").write_text('environment = "production"\n')
    assert not judged("dropdb runs", tmp_path).allowed
    (tmp_path / "strongroom.lock").write_text('environment = "test"\n')
    assert judged("dropdb runs", tmp_path).allowed


def test_an_environment_of_tests_counts_only_where_its_file_is(tmp_path: Path) -> None:
    command = "php artisan migrate:fresh --env=testing"
    assert not judged(command, tmp_path).allowed
    (tmp_path / ".env.testing").write_text("DB_DATABASE=shop_testing\n")
    assert judged(command, tmp_path).allowed


def test_settings_come_from_no_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert tmp_path not in user_path().parents


def test_settings_that_cannot_be_read_let_nothing_through(tmp_path: Path) -> None:
    path = tmp_path / "guard.toml"
    for text in ("containers = 5", 'scratches = ["/"]', "["):
        path.write_text(text)
        with pytest.raises(ConfigurationError):
            read_settings(path)
    path.write_text('volumes = ["a"]')
    assert read_settings(path, tmp_path / "missing.toml") == GuardSettings(volumes=("a",))


def test_a_fingerprint_is_of_one_command_in_one_directory() -> None:
    assert fingerprint_of("a b", Path("/x")) != fingerprint_of("a  b", Path("/x"))
    assert fingerprint_of("a b", Path("/x")) != fingerprint_of("a b", Path("/y"))


def test_reasons_hold_no_secrets() -> None:
    for command in (
        "PGPASSWORD=hunter2 dropdb shop",
        "psql postgres://app:hunter2@db/shop -c 'DROP TABLE a'",
        "mysql -phunter2 shop -e 'DROP TABLE a'",
        "curl -X DELETE -H 'Authorization: Bearer hunter2' https://api.example.com/databases/1",
        "API_TOKEN=hunter2 terraform destroy",
        "redis-cli --password hunter2 flushall",
    ):
        decision = judged(command)
        assert not decision.allowed
        assert "hunter2" not in str(decision.explained())
