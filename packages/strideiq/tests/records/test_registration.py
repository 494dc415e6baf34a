"""Whatever records activities derives their best efforts too, the demo's included."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
from strideiq.activities import service
from strideiq.cli import strideiq
strideiq.get_command(None, {verb!r})
from strideiq.records.public import recompute_recorded
assert recompute_recorded in service._on_recorded
"""


@pytest.mark.parametrize("verb", ["import", "init"])
def test_verbs_that_record_activities_load_what_reacts_to_them(verb: str) -> None:
    subprocess.run([sys.executable, "-c", LOADED.format(verb=verb)], check=True)
