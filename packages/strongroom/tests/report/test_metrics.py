from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from strongroom.backups import take
from strongroom.cli import strongroom
from strongroom.config import Configuration
from strongroom.drills import drill
from strongroom.report import collect, metrics_of
from strongroom.report.metrics import names

REFERENCE = Path(__file__).resolve().parents[4] / "docs/reference/metrics.md"


def test_every_metric_is_documented_and_named_by_the_conventions() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", REFERENCE.read_text(), re.MULTILINE)
    assert documented == list(names())
    assert all(re.fullmatch(r"strongroom(_[a-z]+)+", name) for name in names())
    assert not [name for name in names() if name.endswith(("_s", "_ms", "_total", "_kb"))]


def test_metrics_tell_what_is_known_and_nothing_else(sample: Configuration, tmp_path: Path) -> None:
    path = tmp_path / "strongroom.prom"

    def written() -> dict[str, float]:
        arguments = ["--config", str(sample.path), "metrics", "--write", str(path)]
        assert CliRunner().invoke(strongroom, arguments).exit_code == 0
        return {
            f"{one.name}{''.join(v for k, v in sorted(one.labels.items()) if k in TOLD)}": one.value
            for family in text_string_to_metric_families(path.read_text())
            for one in family.samples
        }

    before = written()
    assert before["strongroom_verdictmatch"] == 1
    assert before["strongroom_verdictempty"] == 0
    assert before["strongroom_backupswhole"] == 1
    assert before["strongroom_conditionnot_proven"] == 1
    assert before["strongroom_backup_table_rowspublic.parent"] > 0
    assert not [name for name in before if "proof_age" in name or "restore_duration" in name]

    assert drill(sample).verdict == "proven"
    after = written()
    assert after["strongroom_drillsproven"] == after["strongroom_backup_drill_verdictproven"] == 1
    assert after["strongroom_restore_duration_seconds"] > 0
    assert after["strongroom_rto_seconds"] > 0
    assert after["strongroom_rpo_seconds"] == after["strongroom_backup_age_seconds"]
    assert (
        after["strongroom_drill_part_secondsload"] >= after["strongroom_drill_part_secondsdownload"]
    )
    assert after["strongroom_conditionnot_proven"] == 0
    assert after["strongroom_backup_age_seconds"] >= after["strongroom_proof_age_seconds"] >= 0


TOLD = ("verdict", "state", "condition", "table", "severity", "part")


def test_ages_are_those_of_the_moment_in_which_they_are_asked_for(sample: Configuration) -> None:
    take(sample)
    facts = collect(sample)
    ages = []
    for hours in (0, 5):
        metrics = metrics_of([facts], facts.at + timedelta(hours=hours))
        ages += [one.values[0][1] for one in metrics if one.name == "strongroom_at_risk_seconds"]
    assert ages[1] - ages[0] == 5 * 3600
