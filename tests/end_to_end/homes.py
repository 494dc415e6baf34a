"""A home of StrideIQ as a person uses it: its commands, and ``up`` in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

BIN = Path(sys.executable).parent
READY_S = 180.0


@dataclass
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@dataclass
class Home:
    """A home of StrideIQ and the commands that use it."""

    directory: Path
    environment: str
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("STRIDEIQ_", "STRONGROOM_", "SECRET_KEY"))
        }
        return {**kept, "STRIDEIQ_HOME": str(self.directory), **self.extra}

    def command(self, program: str, *args: object) -> list[str]:
        return [str(BIN / program), "--environment", self.environment, *map(str, args)]

    def run(self, program: str, *args: object, timeout_s: float = 300) -> Answer:
        """Run a verb with ``--json`` and wait for its answer."""
        done = subprocess.run(
            [*self.command(program, *args), "--json"],
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            cwd="/",
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def strideiq(self, *args: object, **options: Any) -> Answer:
        return self.run("strideiq", *args, **options)

    def strongroom(self, *args: object, **options: Any) -> Answer:
        return self.run("strongroom", *args, **options)

    @property
    def where(self) -> dict[str, str]:
        answer = self.strideiq("where")
        assert answer.code == 0, answer
        return dict(answer.document)

    @property
    def paths(self) -> Path:
        return self.directory / self.environment

    @property
    def data(self) -> Path:
        return self.paths / "data"

    def up(self, *args: object) -> Running:
        return Running(self, *args)


class Running:
    """``strideiq up`` in a process of its own, as a context."""

    def __init__(self, home: Home, *args: object) -> None:
        self.home = home
        self.args = args
        self.ready: dict[str, Any] = {}
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [*self.home.command("strideiq", "up", "--port", "0", *self.args), "--json"],
            env=self.home.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        assert self.process.stdout is not None
        text, deadline = "", time.monotonic() + READY_S
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            text += line
            if not line or line.rstrip() == "}":
                break
        try:
            self.ready = json.loads(text)
        except json.JSONDecodeError:
            _, err = self.process.communicate(timeout=30)
            raise AssertionError(f"up did not become ready: {text}\n{err}") from None
        if "error" in self.ready:
            raise AssertionError(f"up refused: {text}")
        return self

    @property
    def address(self) -> str:
        return str(self.ready["address"])

    def __exit__(self, *exc: object) -> None:
        process = self.process
        assert process is not None
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
