from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from strongroom.config import Configuration, load
from strongroom.testing.forked import forked
from strongroom.testing.http_sink import Sink, http_sink

PROGRAM = [sys.executable, "-c", "from strongroom.cli import main; main()"]
# The same two minutes later, so that what is called for every minute is due without waiting.
LATER = """
from datetime import timedelta
from strongroom.cli import main
from strongroom.schedule.clock import SystemClock
now = SystemClock.now
SystemClock.now = lambda clock: now(clock) + timedelta(minutes=2)
main()
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as running:
        yield running


def configured(sample: Configuration, text: str) -> Configuration:
    """The sample with more in its file; however full this machine's disk is."""
    policy = "" if "[policy]" in text else "\n[policy]\nstore_free_share_min = 0\n"
    sample.path.write_text(f"{sample.path.read_text()}\n{text}\n{policy}")
    return load(sample.path)


@dataclass
class Watched:
    """The sample under watch, with a sink for alerts and pings."""

    configuration: Configuration
    sink: Sink

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ALERT_URL": f"json://127.0.0.1:{self.sink.port}/secret-token",
            "PING_URL": f"http://127.0.0.1:{self.sink.port}/ping/secret-check",
        }

    def command(self, *arguments: str) -> list[str]:
        return [*PROGRAM, "--config", str(self.configuration.path), *arguments]

    def once(self, *arguments: str, later: bool = False) -> subprocess.CompletedProcess[str]:
        program = LATER if later else PROGRAM[-1]
        told = ["--config", self.configuration.path, "watch", "--once", *arguments]
        return forked(program, *told, environment=self.environment)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command("watch", *arguments),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.sink.requests if one.method == "POST"]

    @property
    def pings(self) -> list[str]:
        return [one.path for one in self.sink.requests if one.method == "GET"]


ALERTS = """
[alerts]
urls = ["$ALERT_URL"]
ping = "$PING_URL"
"""


@pytest.fixture
def watched(sample: Configuration, sink: Sink) -> Watched:
    return Watched(configured(sample, ALERTS + '[schedule]\nbackup = "every 1 d"\n'), sink)
