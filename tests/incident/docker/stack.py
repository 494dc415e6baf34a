"""A project's directory with its compose file, its database on the engine, and its application."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine import Engine

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
DATABASE, USER, PASSWORD = "strideiq", "strideiq", "of-this-test"
STACKS = HERE / "stacks"


@dataclass
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, object]:
        return dict(json.loads(self.out))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class Stack:
    """One project: a directory with a compose file, and the port of its database."""

    engine: Engine
    directory: Path
    port: int = field(default_factory=free_port)
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def made(cls, engine: Engine, directory: Path, compose: str = "usual") -> Stack:
        """A directory with one of the compose files of ``stacks``."""
        directory.mkdir(parents=True)
        shutil.copy(STACKS / f"{compose}.yml", directory / "docker-compose.yml")
        return cls(engine, directory)

    def url(self, port: int | None = None, database: str = DATABASE) -> str:
        address = f"127.0.0.1:{port or self.port}/{database}"
        return f"postgresql+psycopg://{USER}:{PASSWORD}@{address}"

    def address(self, port: int | None = None, database: str = DATABASE) -> str:
        """The same as libpq takes it."""
        return self.url(port, database).replace("+psycopg", "")

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            **self.engine.environment,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "DB_PORT": str(self.port),
            "STACKS": str(STACKS),
            "PGPASSWORD": PASSWORD,
            "DATABASE_URL": self.url(),
            **self.variables,
        }

    def run(self, script: str, *, check: bool = True) -> Answer:
        """Run what somebody types in the project's directory.

        Where the script ends is the project's directory from then on.
        """
        note = self.directory.parent / ".where"
        finished = subprocess.run(
            ["sh", "-ec", f"{script}\npwd > '{note}'"],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        if note.exists():
            self.directory = Path(note.read_text().strip())
            note.unlink()
        if check and finished.returncode:
            raise AssertionError(f"{script}\n{finished.stdout}\n{finished.stderr}")
        return Answer(finished.returncode, finished.stdout, finished.stderr)

    def start(self, *options: str) -> Answer:
        """Start the application in the project's directory."""
        program = [str(BIN / "python"), str(HERE / "stand_in.py"), *options]
        finished = subprocess.run(
            program,
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Answer(finished.returncode, finished.stdout, finished.stderr)

    def strongroom(self, *arguments: str, check: bool = True) -> Answer:
        finished = subprocess.run(
            [str(BIN / "strongroom"), *arguments],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        answer = Answer(finished.returncode, finished.stdout, finished.stderr)
        assert not check or answer.code == 0, (arguments, answer)
        return answer
