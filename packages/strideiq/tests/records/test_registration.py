"""Whatever records activities derives their best efforts too, the demo's included."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
from importlib import import_module
from strideiq.activities import service
from strideiq.cli import VERBS, strideiq
module, attribute = VERBS[{verb!r}][0].split(":")
getattr(import_module(module), attribute).callback = lambda: None
strideiq.get_command(None, {verb!r}).callback()
from strideiq.records.public import recompute_recorded
assert recompute_recorded in service._on_recorded
"""


@pytest.mark.parametrize("verb", ["import", "init"])
def test_verbs_that_record_activities_load_what_reacts_to_them(verb: str) -> None:
    subprocess.run([sys.executable, "-c", LOADED.format(verb=verb)], check=True)
