"""What ``strongroom prune`` answers, how it ends, and who may let it go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ageing import aged, objects_of, with_few_kept
from click.testing import CliRunner

from strongroom.backups import Manifest, listed, plan_pruning
from strongroom.cli import strongroom
from strongroom.config import Configuration
from strongroom.drills import drill_verdicts
from strongroom.errors import ConfirmationNeededError
from strongroom.identity.tokens import issue_token
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT
from strongroom.schedule import running


@pytest.fixture
def home(sample: Configuration) -> Configuration:
    return with_few_kept(sample)


@pytest.fixture
def past(home: Configuration) -> list[Manifest]:
    return aged(home, 4)


def answer(home: Configuration, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    called = ["--config", str(home.path), *arguments, "--json"]
    result = CliRunner().invoke(strongroom, called)
    assert result.exit_code == exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def text(home: Configuration, *arguments: str) -> str:
    return CliRunner().invoke(strongroom, ["--config", str(home.path), *arguments]).stdout


def test_a_dry_run_says_what_plain_prune_then_does(
    home: Configuration, past: list[Manifest]
) -> None:
    planned = answer(home, "prune", "--dry-run")
    assert [one["backup_id"] for one in planned["kept"]] == [one.backup_id for one in past[:2]]
    assert all(one["reasons"] for one in planned["kept"] + planned["expired"])
    assert planned["next"].endswith("prune")
    space = answer(home, "status")["space"]
    assert (space["backups"], space["expired"]) == (5, 3)
    assert "prune would remove 3" in text(home, "backups")
    assert text(home, "prune", "--dry-run").count("would go") == 3
    assert len(listed(home)) == 5

    done = answer(home, "prune")
    assert done["expired"] == planned["expired"]
    assert done["freed_bytes"] == planned["freed_bytes"]
    assert listed(home) == past[:2]


@pytest.mark.usefixtures("past")
def test_frozen_it_ends_as_refused_and_names_the_way_on(
    home: Configuration, tmp_path: Path
) -> None:
    ledger_of(home).record("refused", verdict="empty")
    before = objects_of(home)
    frozen = answer(home, "prune", exit_code=30)
    assert "empty" in frozen["frozen"]
    assert frozen["next"].endswith("prune --acknowledge")
    assert objects_of(home) == before
    assert "Nothing is removed" in text(home, "prune", "--dry-run")

    refused = answer(home, "prune", "--acknowledge", exit_code=30)
    assert refused["error"]["code"] == "confirmation_needed"
    token = tmp_path / "token"
    other = f"prune acknowledge {'0' * 16}"
    issue_token(home, purpose=other, destination=token)
    answer(home, "prune", "--acknowledge", "--token-file", str(token), exit_code=30)

    token, shown = tmp_path / "right", plan_pruning(home, drill_verdicts).fingerprint
    issue_token(home, purpose=f"prune acknowledge {shown}", destination=token)
    after = answer(home, "prune", "--acknowledge", "--token-file", str(token))
    assert after["frozen"] is None
    assert objects_of(home) == before, "an acknowledgement removes nothing itself"
    (entry,) = [one for one in ledger_of(home).entries() if one.kind == "prune_acknowledged"]
    assert entry.details["confirmed_by"] == "token"
    assert answer(home, "prune")["freed_bytes"] > 0


@pytest.mark.usefixtures("past")
def test_options_that_mean_nothing_together_are_wrong_usage(home: Configuration) -> None:
    for arguments in (["--dry-run", "--acknowledge"], ["--token-file", "x"]):
        result = CliRunner().invoke(strongroom, ["--config", str(home.path), "prune", *arguments])
        assert result.exit_code == 2


@pytest.mark.usefixtures("past")
def test_a_frozen_retention_is_a_job_that_failed(home: Configuration) -> None:
    ledger_of(home).record("refused", verdict="shrunk")
    with pytest.raises(ConfirmationNeededError, match="shrunk"):
        running._JOBS["prune"](home, SILENT)
