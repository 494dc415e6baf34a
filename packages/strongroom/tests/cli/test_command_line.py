from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import click
import pytest

from strongroom.cli import VERBS, strongroom
from strongroom.cli.quantities import age_text, amount_text, count_text, duration_text, size_text
from strongroom.identity import Verdict

HEAVY = ("psycopg", "rich", "sqlalchemy", "pyrage", "zstandard")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_loads_and_explains_itself(verb: str) -> None:
    command = strongroom.get_command(click.Context(strongroom), verb)
    assert command is not None
    assert command.help


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['strongroom', '--help']\n"
        "from strongroom.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"sys.exit([name for name in {HEAVY} if name in sys.modules] or 0)"
    )
    asked = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert asked.returncode == 0, asked.stderr


def test_help_names_every_verb_and_every_exit_code() -> None:
    text = strongroom.get_help(click.Context(strongroom))
    for verb in VERBS:
        assert f"  {verb} " in text
    for verdict in Verdict:
        assert verdict.exit_code == 0 or f"{verdict.exit_code}  {verdict}" in text


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (size_text(512), "512 B"),
        (size_text(1_500), "1.5 kB"),
        (size_text(2_500_000_000), "2.5 GB"),
        (duration_text(0.42), "0.4 s"),
        (duration_text(185), "3 min 5 s"),
        (duration_text(7_800), "2 h 10 min"),
        (duration_text(200_000), "2 d 7 h"),
        (count_text(1_204), "1,204"),
        (amount_text(1_500, "bytes"), "1.5 kB"),
        (amount_text(1_500, "rows"), "1,500 rows"),
    ],
)
def test_amounts_read_like_amounts(shown: str, expected: str) -> None:
    assert shown == expected


def test_an_age_is_told_from_now() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert age_text(now - timedelta(hours=6), now) == "6 h 0 min ago"
