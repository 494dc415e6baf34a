"""The reference of the command line tells the truth: each field that it names is answered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.config import Configuration

REFERENCE = Path(__file__).resolve().parents[4] / "docs/reference/command-line.md"
JUDGEMENT = "check"


def documented(verb: str) -> set[str]:
    """The fields in the row of a verb, without those of what is nested in them."""
    rows = re.findall(r"^\| (`[^|]+) \| [^|]+ \| ([^|]+) \|$", REFERENCE.read_text(), re.MULTILINE)
    (answers,) = (text for names, text in rows if re.match(rf"`{verb}( [A-Z\[][^`]*)?`", names))
    plain = re.sub(r"\([^)]*\)", "", answers)
    fields = set(re.findall(r"`([a-z_]+)`", plain))
    return fields | documented(JUDGEMENT) if "the same, and" in plain else fields


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("check", ()),
        ("status", ()),
        ("backup", ()),
        ("backups", ()),
        ("drill", ()),
        ("restore", ()),
        ("ledger show", ()),
        ("ledger verify", ()),
        ("key save", ("copy.txt",)),
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
    arguments = ["--config", str(sample.path), *verb.split(), *more, "--json"]
    answer = json.loads(CliRunner().invoke(strongroom, arguments).stdout)
    assert documented(verb)
    assert documented(verb) <= set(answer)
