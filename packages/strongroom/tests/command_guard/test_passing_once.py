"""A dangerous command end to end: refused, printed command, proven backup, permit, passes once."""

from __future__ import annotations

import json
import shlex
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from strongroom.backups.catalogue import load as load_manifest
from strongroom.cli import strongroom
from strongroom.command_guard import Decision, GuardSettings, judge
from strongroom.config import Configuration, load
from strongroom.drills import latest_proof
from strongroom.permits import (
    PermitSettings,
    ProvenBackup,
    issue,
    keep_secret,
    parse_effect,
    requests,
)
from strongroom.protection import administered, protect

DANGEROUS = "PGPASSWORD=hunter2 docker compose down -v"


def about_to_run(command: str, directory: Path) -> Decision:
    return judge(command, directory, settings=GuardSettings())


def run(configuration: Configuration, *arguments: str) -> Result:
    return CliRunner().invoke(strongroom, ["--config", str(configuration.path), *arguments])


def test_exactly_the_permitted_command_passes_once_behind_a_proven_backup(
    sample: Configuration,
) -> None:
    home = sample.directory
    sample.path.write_text(f"{sample.path.read_text()}\n[permits]\nconfirm = []\n")
    sample = load(sample.path)
    protect(sample)

    refused = about_to_run(DANGEROUS, home)
    assert refused.decision == "needs_backup"
    assert refused.next is not None
    backup, proof, asking = refused.next.split(" && ")
    for printed in (backup, proof, asking.replace("WHY", "trial")):
        assert run(sample, *shlex.split(printed)[1:]).exit_code == 0, printed
    assert about_to_run(DANGEROUS, home).next == asking  # the proof is there now
    grant_another_kind(sample)
    assert not about_to_run(DANGEROUS, home).allowed

    (request,) = requests(sample)
    granted = run(sample, "permit", "grant", request.id, "--json")
    permit_id = json.loads(granted.stdout)["permit_id"]
    assert not about_to_run(f"{DANGEROUS} --remove-orphans", home).allowed
    assert not about_to_run(DANGEROUS, home / "store").allowed
    assert not judge(DANGEROUS, home, settings=GuardSettings(), acting=False).allowed

    passed = about_to_run(DANGEROUS, home)
    assert (passed.decision, passed.permit) == ("allow", permit_id)
    assert not about_to_run(DANGEROUS, home).allowed

    record = sample.ledger_path.read_text()
    assert "guard_refused" in record
    assert "guard_passed" in record
    assert "hunter2" not in record


def test_a_command_is_permitted_by_a_person_unless_policy_says_otherwise() -> None:
    assert PermitSettings().confirmation_for([parse_effect("run_command 1a2b")])


def grant_another_kind(sample: Configuration) -> None:
    record = latest_proof(sample)
    assert record is not None
    manifest = load_manifest(sample, record.backup_id)
    behind = ProvenBackup(manifest.backup_id, manifest.incarnation, record.at)
    with administered(sample) as connection:
        permit = issue(
            connection,
            sample,
            [parse_effect("truncate public.parent")],
            behind,
            expires_in=timedelta(hours=1),
            confirmed_by="test",
            reason="trial",
        )
    keep_secret(sample, permit)
