"""The corpus that the rules were written from: every command is judged as it is written there."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize(("name", "least"), [("dangerous", 350), ("harmless", 400)])
def test_every_command_of_the_corpus_is_judged_as_expected(name: str, least: int) -> None:
    all_entries = entries(name)
    assert len(all_entries) >= least
    decided = {one["command"]: judged_entry(one).decision for one in all_entries}
    expected = {one["command"]: one["expected"] for one in all_entries}
    assert {one: told for one, told in decided.items() if told != expected[one]} == {}
