from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from strongroom.backups import Place, rule_of, three_two_one
from strongroom.config import Configuration

DATA = Place("data", "/data", "device 1")
BESIDE = Place("store", "/store", "device 1")
OTHER_DISK = Place("copy", "/mnt/other", "device 2")
FAR = Place("copy", "s3://backups", "Amazon S3", off_site=True)


def test_a_store_beside_the_data_and_one_far_away_keep_the_rule() -> None:
    rule = three_two_one([DATA, BESIDE, FAR])
    assert (rule.copies, rule.media, rule.off_site, rule.good) == (3, 2, 1, True)


@pytest.mark.parametrize(
    ("places", "finding"),
    [
        ([DATA], "only 1 copy of 3"),
        ([DATA, FAR], "only 2 copies of 3"),
        ([DATA, BESIDE, replace(OTHER_DISK, medium="device 1")], "everything lies on one medium"),
        ([DATA, BESIDE, OTHER_DISK], "no copy is off site"),
        ([DATA, BESIDE, replace(FAR, holds=False)], "s3://backups: it lacks the newest backup"),
        ([DATA, BESIDE, replace(FAR, holds=False, problem="no answer")], "s3://backups: no answer"),
        ([replace(DATA, medium=None), BESIDE, BESIDE], "everything lies on one medium"),
    ],
)
def test_what_is_missing_of_the_rule_is_told(places: list[Place], finding: str) -> None:
    rule = three_two_one(places)
    assert not rule.good
    assert any(one.startswith(finding) for one in rule.findings), rule.findings


def test_what_does_not_hold_the_newest_backup_counts_for_nothing() -> None:
    rule = three_two_one([DATA, BESIDE, replace(FAR, holds=False)])
    assert (rule.copies, rule.media, rule.off_site) == (2, 1, 0)


def test_devices_and_servers_are_told_apart(sample: Configuration, tmp_path: Path) -> None:
    nowhere = "s3://backups?endpoint=http://127.0.0.1:1&profile=nobody"
    rule = rule_of(replace(sample, copies=(str(tmp_path / "copy"), nowhere)))
    data, store, copy, s3 = rule.places
    assert data.medium == store.medium == copy.medium == f"device {tmp_path.stat().st_dev}"
    assert (store.holds, copy.holds, s3.holds) == (True, False, False)
    assert s3.problem
    assert not s3.off_site
    assert (rule.copies, rule.media) == (2, 1)
    elsewhere = replace(sample, server=None, url="postgresql://user@db.example/app")
    assert rule_of(elsewhere).places[0].medium == "server db.example"
    here = replace(sample, server=None, url="postgresql:///app")
    assert rule_of(here).places[0].medium is None
