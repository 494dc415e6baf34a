"""What a verb loads before it does anything: no more than it needs."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
from click.testing import CliRunner
from strideiq.cli import VERBS, strideiq
for verb in ("import", "ask", "up"):
    assert CliRunner().invoke(strideiq, [verb, "--help"]).exit_code == 0
print([name for name in ("sqlalchemy", "fastapi", "strideiq.reactions") if name in sys.modules])
import strideiq.reactions
web = ("fastapi", "starlette", "jinja2", "structlog", "pydantic_ai", "mcp", "httpx")
print([name for name in web if name in sys.modules])
"""


def test_help_loads_no_feature_and_what_reacts_to_what_loads_no_page() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOADED], check=True, capture_output=True, text=True
    )
    assert told.stdout.splitlines() == ["[]", "[]"]
