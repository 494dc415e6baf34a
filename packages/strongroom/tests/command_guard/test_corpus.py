"""The corpus that the rules were written from: every command is judged as it is written there."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest

from strongroom.command_guard import Decision, GuardSettings, judge

from .conftest import NOWHERE

CORPUS = Path(__file__).parent / "corpus"
KINDS = {
    "project": Path("/srv/shop"),
    "tested": Path("/srv/tested"),
    "production": Path("/srv/live"),
    "nowhere": NOWHERE,
}


@cache
def texts_of(kind: str) -> dict[Path, str]:
    """The files of a kind of working directory, where commands are told that it lies."""
    root = CORPUS / "cwd" / kind
    return {
        KINDS[kind] / str(path.relative_to(root)).replace("dotenv", ".env"): path.read_text()
        for path in root.rglob("*")
        if path.is_file()
    }


def entries(name: str) -> list[dict[str, str]]:
    lines = (CORPUS / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def judged_entry(entry: dict[str, str]) -> Decision:
    kind = entry["cwd"]
    return judge(
        entry["command"],
        KINDS[kind],
        settings=GuardSettings(),
        acting=False,
        texts=texts_of(kind),
    )


def of_this_run(all_entries: list[dict[str, str]]) -> list[dict[str, str]]:
    """Every third, or all of them in a long run."""
    return all_entries if os.environ.get("STRONGROOM_SOAK") == "1" else all_entries[::3]


@pytest.mark.parametrize(("name", "least"), [("dangerous", 700), ("harmless", 800)])
def test_every_command_of_the_corpus_is_judged_as_expected(name: str, least: int) -> None:
    all_entries = entries(name)
    assert len(all_entries) >= least
    chosen = of_this_run(all_entries)
    decided = {one["command"]: judged_entry(one).decision for one in chosen}
    expected = {one["command"]: one["expected"] for one in chosen}
    assert {one: told for one, told in decided.items() if told != expected[one]} == {}


UNSEEN = (
    "rsync -avz --delete ./public/",
    "unzip -o site-backup.zip",
    "for id in $(curl -s localhost",
    "cp .env.example .env",
    "yq eval -i '.services.postgres.image",
    "jq '.db.name=",
    "git push origin --delete $(",
)
"""What is let through although it may lose something: it cannot be told from everyday use yet."""


def test_the_half_that_the_rules_had_not_seen_is_judged_no_worse_than_it_was_mended() -> None:
    all_entries = entries("held_out")
    assert len(all_entries) >= 1_800
    for entry in of_this_run(all_entries):
        allowed = judged_entry({**entry, "cwd": "nowhere"}).allowed
        known = entry["command"].startswith(UNSEEN)
        assert known or allowed == (entry["expected"] == "safe"), entry["command"]
