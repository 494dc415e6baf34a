"""What ``strongroom fsck`` answers, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from strongroom.backups import copy_backups, listed
from strongroom.cli import strongroom
from strongroom.config import Configuration, load


def run(home: Configuration, *arguments: str) -> Result:
    return CliRunner().invoke(strongroom, ["--config", str(home.path), "fsck", *arguments])


def answer(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_whole_store_ends_well_and_says_what_was_not_read(sample: Configuration) -> None:
    sizes = run(sample)
    assert sizes.exit_code == 0, sizes.output
    assert "not read: 1 data object" in sizes.stdout
    assert sizes.stdout.splitlines()[-1].endswith("fsck --read-data")
    whole = run(sample, "--read-data")
    assert "not read" not in whole.stdout
    assert answer(run(sample, "--read-data", "--json"))["next"] == ""


def test_damage_ends_with_a_status_of_its_own_and_names_the_object(sample: Configuration) -> None:
    key = listed(sample)[0].objects[0].key
    path = Path(sample.store_url) / key
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert run(sample, "--json").exit_code == 0, "only its size was looked at"
    found = run(sample, "--read-data", "--json")
    assert found.exit_code == 23
    (finding,) = answer(found)["findings"]
    assert (finding["kind"], finding["key"], finding["severity"]) == ("flipped", key, "damage")
    assert answer(found)["whole"] is False
    assert key in run(sample, "--read-data").stdout


def test_what_is_left_over_is_told_and_is_no_damage(sample: Configuration) -> None:
    left = Path(sample.store_url) / "backups/20200101T000000Z-aaaaaa/data.zst.age"
    left.parent.mkdir()
    left.write_bytes(b"x")
    found = run(sample, "--repair", "--json")
    assert found.exit_code == 0
    assert answer(found)["counts"] == {"orphaned_data": 1}
    assert left.exists()


def test_a_repair_brings_back_from_the_copies_what_the_store_has_lost(
    sample: Configuration, tmp_path: Path
) -> None:
    text = sample.path.read_text()
    kept = f'copies = ["{tmp_path / "elsewhere"}"]'
    sample.path.write_text(text.replace("[store]\n", f"[store]\n{kept}\n", 1))
    configuration = load(sample.path)
    assert all(one.complete for one in copy_backups(configuration))
    lost = Path(sample.store_url) / listed(sample)[0].objects[0].key
    whole = lost.read_bytes()
    lost.unlink()
    assert run(sample, "--json").exit_code == 23
    mended = run(sample, "--repair", "--json")
    assert mended.exit_code == 0, mended.output
    assert lost.read_bytes() == whole
