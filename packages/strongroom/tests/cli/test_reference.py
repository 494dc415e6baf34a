"""The reference of the command line tells the truth: each field that it names is answered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from strongroom.cli import VERBS, strongroom
from strongroom.config import Configuration
from strongroom.protection import protect

REFERENCE = Path(__file__).resolve().parents[4] / "docs/reference/command-line.md"
JUDGEMENT = "check"


def documented(verb: str) -> set[str]:
    """The fields in the row of a verb, without those of what is nested in them."""
    text = REFERENCE.read_text().partition("\n## strongroom\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE)
    (answers,) = (text for names, text in rows if re.match(rf"`{verb}( [A-Z\[][^`]*)?`", names))
    plain = re.sub(r"\([^)]*\)", "", answers)
    fields = set(re.findall(r"`([a-z_]+)`", plain))
    return fields | documented(JUDGEMENT) if "the same, and" in plain else fields


def all_verbs() -> list[str]:
    """Every verb, and every verb of a group, as it is typed."""
    context = click.Context(strongroom)
    found = []
    for name in VERBS:
        command = strongroom.get_command(context, name)
        inner = command.list_commands(context) if isinstance(command, click.Group) else [""]
        found += [f"{name} {one}".strip() for one in inner]
    return found


@pytest.mark.parametrize("verb", all_verbs())
def test_every_verb_has_one_row_that_names_fields_of_its_answer(verb: str) -> None:
    assert documented(verb)


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("check", ()),
        ("status", ()),
        ("watch", ("--once",)),
        ("metrics", ()),
        ("schedule emit", ("cron",)),
        ("backup", ()),
        ("backups", ()),
        ("drill", ()),
        ("fsck", ()),
        ("prune", ()),
        ("prune", ("--dry-run",)),
        ("restore", ()),
        ("wal status", ()),
        ("ledger show", ()),
        ("ledger verify", ()),
        ("key save", ("copy.txt",)),
        ("key list", ()),
        ("key rotate", ()),
        ("find", ("--only",)),
        ("freeze", ()),
        ("protect", ()),
        ("permit ask", ("truncate public.parent", "--reason", "none")),
        ("permit list", ()),
        ("audit", ("--no-engine",)),
        ("leaks", ()),
        ("state show", ()),
    ],
)
def test_each_documented_field_is_in_the_answer(
    sample: Configuration,
    verb: str,
    more: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    if verb == "permit list":
        protect(sample)
    arguments = ["--config", str(sample.path), *verb.split(), *more, "--json"]
    answer = json.loads(CliRunner().invoke(strongroom, arguments).stdout)
    assert documented(verb)
    assert documented(verb) <= set(answer)
