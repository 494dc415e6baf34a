"""The verbs with a store on S3, in a bucket whose objects nobody can delete."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.identity import open_database
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.storage import open_store
from strongroom.testing.settings import LOGICAL

if TYPE_CHECKING:
    from conftest import S3


def configured(directory: Path, store: str) -> Path:
    path = directory / CONFIGURATION_NAME
    text = default_document(application="runs", environment="test", database="runs") + LOGICAL
    path.write_text(text.replace('url = "store" ', f"url = {json.dumps(store)} "))
    return path


def run(path: Path, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(strongroom, ["--config", str(path), *arguments, "--json"])
    assert result.exit_code == exit_code, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_from_init_to_restore_everything_lies_on_s3(s3: S3, tmp_path: Path) -> None:
    path = configured(tmp_path, s3.url("locked", lock_days=1))
    run(path, "init", "--environment", "test")
    configuration = load(path)
    with (
        open_database(configuration) as database,
        connect(database.conninfo("migrator"), autocommit=True) as connection,
    ):
        connection.execute("SET ROLE runs_owner")
        connection.execute("CREATE TABLE public.run (id int PRIMARY KEY, metres int NOT NULL)")
        connection.execute("INSERT INTO run SELECT n, n FROM generate_series(1, 50) AS n")
    first = run(path, "backup")
    assert run(path, "drill")["verdict"] == "proven"
    second = run(path, "backup")
    assert run(path, "drill")["verdict"] == "proven"
    listed = run(path, "backups")["backups"]
    assert [one["backup_id"] for one in listed] == [second["backup_id"], first["backup_id"]]
    assert [one["verdict"] for one in listed] == ["proven", "proven"]
    status = run(path, "status")
    assert status["backup"]["good"]
    assert status["proof"]["good"]
    assert not status["warnings"]
    assert run(path, "state", "show")["stale"] is None
    restored = run(path, "restore", "--swap")
    assert restored["swapped"]
    assert run(path, "check")["verdict"] == "match"
    assert run(path, "ledger", "verify")["whole"]
    assert not (tmp_path / "store").exists()
    beginnings = {one.key.partition("/")[0] for one in open_store(configuration.store_url).list()}
    assert {"backups", "drills", "state"} <= beginnings


def test_a_check_with_a_local_store_does_not_wait_for_boto3(sample: Configuration) -> None:
    program = (
        "import sys\n"
        "from strongroom.cli import strongroom\n"
        "strongroom(['--config', sys.argv[1], 'check', '--json'], standalone_mode=False)\n"
        "sys.exit(bool({'boto3', 'botocore'} & sys.modules.keys()))"
    )
    arguments = [sys.executable, "-c", program, str(sample.path)]
    checked = subprocess.run(arguments, capture_output=True, check=True)
    assert json.loads(checked.stdout)["verdict"] == "match"


def test_a_copy_on_s3_brings_back_what_its_store_has_lost(
    sample: Configuration, s3: S3, tmp_path: Path
) -> None:
    there, mounted = s3.url("locked", lock_days=1), str(tmp_path / "mounted")
    text = sample.path.read_text()
    sample.path.write_text(
        text.replace("[state]", f"copies = {json.dumps([there, mounted])}\n\n[state]")
    )
    taken = run(sample.path, "backup")
    assert [len(one["copied"]) for one in taken["copies"]] == [2, 2]
    assert run(sample.path, "drill")["verdict"] == "proven"
    again = run(sample.path, "copy")
    assert again["complete"]
    assert [(len(one["there"]), one["records"]) for one in again["copies"]] == [(2, 0), (2, 0)]
    rule = run(sample.path, "status")["three_two_one"]
    assert (rule["copies"], rule["media"], rule["off_site"]) == (4, 2, 0)
    assert rule["findings"] == ["no copy is off site"]
    (sample.directory / "store" / "backups").rename(tmp_path / "lost")
    for store in (there, mounted):
        drilled = run(sample.path, "drill", "--store", store)
        assert (drilled["backup_id"], drilled["verdict"]) == (taken["backup_id"], "proven")
    restored = run(sample.path, "restore", "--swap", "--store", there)
    assert restored["swapped"]
    assert run(sample.path, "check")["verdict"] == "match"
    assert run(sample.path, "ledger", "verify")["whole"]
