from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from strongroom.backups import Manifest, listed
from strongroom.cli import strongroom
from strongroom.config import Configuration


def run(configuration: Configuration, *arguments: str) -> Result:
    return CliRunner().invoke(strongroom, ["--config", str(configuration.path), *arguments])


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def periods_of(manifest: Manifest) -> list[str]:
    at = manifest.started_at
    year, number, _ = at.isocalendar()
    return [
        f"hour {at:%Y-%m-%dT%H}Z",
        f"day {at:%Y-%m-%d}",
        f"week {year}-W{number:02}",
        f"month {at:%Y-%m}",
        f"year {at:%Y}",
    ]


def test_backup_tells_what_it_holds_and_what_comes_next(sample: Configuration) -> None:
    result = run(sample, "backup")
    assert result.exit_code == 0, result.output
    newest = listed(sample)[0]
    assert newest.backup_id in result.stdout
    assert f"{newest.rows:,} rows" in result.stdout
    assert "not covered: public.sample_count" in result.stdout
    assert result.stdout.splitlines()[-1] == f"next: strongroom --config {sample.path} drill"


def test_backup_as_json_is_the_manifest_and_why_this_method(sample: Configuration) -> None:
    told = document(run(sample, "backup", "--json"))
    assert told.pop("reason") == "as backup.method says"
    assert told == listed(sample)[0].as_dict()


def test_backups_are_listed_with_what_is_known_of_them(sample: Configuration) -> None:
    (backup,) = document(run(sample, "backups", "--json"))["backups"]
    manifest = listed(sample)[0]
    assert backup == {
        **manifest.as_dict(),
        "rows": manifest.rows,
        "in_ledger": True,
        "verdict": None,
        "proven_at": None,
        "kept_because": [
            "it is not proven yet, and no newer one of its incarnation is",
            *(reason for reason in backup["kept_because"] if "most rows" in reason),
            "it is young",
            *(f"it stands for the {one}" for one in periods_of(manifest)),
        ],
    }
    text = run(sample, "backups").stdout
    assert manifest.backup_id in text
    assert "not proven" in text
    assert "kept: it is not proven yet" in text


def test_a_damaged_backup_is_named_with_its_reason(sample: Configuration) -> None:
    manifest = listed(sample)[0]
    (Path(sample.store_url) / manifest.objects[0].key).unlink()
    told = document(run(sample, "backups", "--json"))
    assert told["backups"] == []
    (damaged,) = told["damaged"]
    assert damaged["backup_id"] == manifest.backup_id
    assert damaged["code"] == "damaged_backup"
    assert "is missing" in run(sample, "backups").stdout


def test_a_backup_that_the_ledger_cannot_vouch_for_is_marked(sample: Configuration) -> None:
    sample.ledger_path.unlink()
    assert document(run(sample, "backups", "--json"))["backups"][0]["in_ledger"] is False
    assert "not in the ledger" in run(sample, "backups").stdout


def test_no_backup_at_all_ends_in_the_command_that_makes_one(sample: Configuration) -> None:
    (Path(sample.store_url) / "backups").rename(Path(sample.store_url) / "elsewhere")
    assert run(sample, "backups").stdout.splitlines()[-1].endswith(f"{sample.path} backup")


def test_a_key_is_saved_and_proved(sample: Configuration, tmp_path: Path) -> None:
    copy = tmp_path / "copy.txt"
    saved = run(sample, "key", "save", str(copy))
    assert saved.exit_code == 0, saved.output
    assert f"{copy} opens the backup" in saved.stdout
    assert copy.stat().st_mode & 0o077 == 0
    proof = document(run(sample, "key", "prove", str(copy), "--json"))
    assert proof["backup_id"] == listed(sample)[0].backup_id
    assert "same disk" in run(sample, "key", "prove", str(copy)).stdout


def test_no_key_is_ever_shown(sample: Configuration, tmp_path: Path) -> None:
    secret = sample.private_key.read_text(encoding="utf-8").split()[-1]
    copy = tmp_path / "copy.txt"
    for arguments in (["key", "save", str(copy)], ["key", "prove", str(copy)], ["backups"]):
        assert secret not in run(sample, *arguments).output
    assert secret not in sample.ledger_path.read_text(encoding="utf-8")


def test_a_key_that_opens_nothing_is_an_error_with_a_next_step(
    sample: Configuration, tmp_path: Path
) -> None:
    result = run(sample, "key", "prove", str(tmp_path / "absent"), "--json")
    assert result.exit_code == 1
    error = document(result)["error"]
    assert error["code"] == "wrong_key"
    assert error["next"]


def test_backups_that_the_store_has_lost_are_told(sample: Configuration, tmp_path: Path) -> None:
    """As when the disk of the backups is not mounted, and another one is."""

    def told(verb: str) -> dict[str, Any]:
        arguments = ["--config", str(sample.path), verb, "--json"]
        document: dict[str, Any] = json.loads(CliRunner().invoke(strongroom, arguments).stdout)
        return document

    assert told("backups")["missing"] == []
    assert "backup_missing" not in [one["code"] for one in told("check")["warnings"]]
    (backup,) = listed(sample)
    (sample.directory / "store" / "backups").rename(tmp_path / "elsewhere")
    assert told("backups")["missing"] == [backup.backup_id]
    assert "backup_missing" in [one["code"] for one in told("check")["warnings"]]
    assert told("check")["verdict"] == "match"
    text = CliRunner().invoke(strongroom, ["--config", str(sample.path), "backups"]).stdout
    assert "is the right disk mounted?" in text
