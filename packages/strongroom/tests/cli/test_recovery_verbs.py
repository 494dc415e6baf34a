from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from strongroom.backups import load
from strongroom.cli import strongroom
from strongroom.config import Configuration
from strongroom.identity import open_database
from strongroom.postgres.connections import connect_as_configured as connect


def run(configuration: Configuration, *arguments: str) -> Result:
    return CliRunner().invoke(strongroom, ["--config", str(configuration.path), *arguments])


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _damage(configuration: Configuration) -> None:
    path = Path(configuration.store_url) / load(configuration).objects[0].key
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")


def _write(configuration: Configuration) -> None:
    with open_database(configuration) as database, connect(database.conninfo()) as connection:
        connection.execute("INSERT INTO public.nothing VALUES (1)")
        connection.commit()


def test_a_proven_drill_ends_with_zero_and_tells_every_table(sample: Configuration) -> None:
    result = run(sample, "drill", "--json")
    assert result.exit_code == 0, result.output
    told = document(result)
    assert told["verdict"] == "proven"
    assert told["duration_s"] > 0
    assert {check["status"] for check in told["checks"]} == {"ok"}
    assert {table["equal"] for table in told["tables"]} == {True}
    assert told["backup_id"] == load(sample).backup_id


def test_a_failed_drill_ends_with_twenty_and_says_why(sample: Configuration) -> None:
    _damage(sample)
    result = run(sample, "drill", "--json")
    assert (result.exit_code, document(result)["verdict"]) == (20, "failed")
    text = run(sample, "drill")
    assert text.exit_code == 20
    assert text.stdout.startswith("failed")
    assert "is damaged" in text.stdout
    assert text.stdout.splitlines()[-1].startswith("next: ")


def test_a_backup_that_failed_is_told_as_failed_everywhere(sample: Configuration) -> None:
    _damage(sample)
    run(sample, "drill")
    assert document(run(sample, "backups", "--json"))["backups"][0]["verdict"] == "failed"
    assert "✗ failed" in run(sample, "backups").stdout
    status = document(run(sample, "status", "--json"))
    assert not status["backup"]["good"]
    assert status["next"] == f"strongroom --config {sample.path} backup"
    assert "failed its drill" in run(sample, "status").stdout


def test_an_inconclusive_drill_ends_with_twenty_one(sample: Configuration) -> None:
    sample.private_key.unlink()
    result = run(sample, "drill", "--json")
    assert (result.exit_code, document(result)["verdict"]) == (21, "inconclusive")
    assert (
        f"bring the private key to {sample.private_key}"
        in run(sample, "drill").stdout.splitlines()[-1]
    )


def test_a_drill_of_an_unknown_backup_is_told_as_an_error(sample: Configuration) -> None:
    result = run(sample, "drill", "20000101T000000Z-000000", "--json")
    assert result.exit_code == 1
    assert document(result)["error"]["code"] == "no_such_backup"


def test_a_drill_for_people_shows_each_check(sample: Configuration) -> None:
    text = run(sample, "drill").stdout
    assert text.startswith("proven")
    for check in ("load", "tables", "sequences", "schema", "extensions"):
        assert f"● {check}: " in text
    assert "not covered: public.sample_count" in text


def test_a_restore_tells_its_plan_and_where_everything_lies(sample: Configuration) -> None:
    assert sample.server is not None
    planned = document(run(sample, "restore", "--swap", "--plan", "--json"))["plan"]
    assert planned["in_place"] == "cluster"
    assert not Path(planned["target"]).exists()
    told = document(run(sample, "restore", "--swap", "--json"))
    assert told["swapped"] is True
    assert told["restored"] == str(sample.server.data_directory)
    assert Path(told["kept"]).is_dir()
    assert told["plan"]["backup_id"] == planned["backup_id"]
    assert told["verdict"] == "proven"


def test_a_restore_for_people_ends_in_the_command_that_follows(sample: Configuration) -> None:
    beside = run(sample, "restore")
    assert beside.exit_code == 0, beside.output
    assert "untouched" in beside.stderr
    assert "no drill has told yet" in beside.stderr
    assert "+00:00" not in beside.stderr
    assert beside.stdout.splitlines()[-1].endswith(f"{sample.path} restore --swap")
    swapped = run(sample, "restore", "--swap")
    assert "kept as" in swapped.stdout
    assert "undo  takes the swap back" in swapped.stdout
    assert swapped.stdout.splitlines()[-1].endswith("check")


def test_undo_shows_what_was_written_since_and_returns(sample: Configuration) -> None:
    kept = document(run(sample, "restore", "--swap", "--json"))["kept"]
    _write(sample)
    planned = document(run(sample, "undo", "--plan", "--json"))["plan"]
    assert planned["returning"] == kept
    told = document(run(sample, "undo", "--json"))
    assert told["plan"]["written_since"] == [
        {"name": "public.nothing", "rows_then": 0, "rows_now": 1}
    ]
    assert Path(told["kept"]).is_dir()
    again = run(sample, "undo")
    assert again.exit_code == 0, again.output
    assert again.stdout.splitlines()[-1] == f"next: strongroom --config {sample.path} check"
    assert run(sample, "check").exit_code == 0


def test_undo_without_a_swap_is_an_error_with_a_next_step(sample: Configuration) -> None:
    result = run(sample, "undo", "--json")
    assert result.exit_code == 1
    assert document(result)["error"]["code"] == "restore"
