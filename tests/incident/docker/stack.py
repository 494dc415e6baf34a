"""A project's directory with its compose file, its database on the engine, and its application."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine import Engine
from programs import Answer, run_program

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
DATABASE, USER, PASSWORD = "strideiq", "strideiq", "of-this-test"
STACKS = HERE / "stacks"
KEPT_VARIABLES = ("COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "DATA_DIR", "DOCKER_HOST", "RUN")
"""What recipes export."""


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
            "PATH": f"{BIN}:{self.engine.environment['PATH']}",
            "DB_PORT": str(self.port),
            "STACKS": str(STACKS),
            "PGPASSWORD": PASSWORD,
            "DATABASE_URL": self.url(),
            **self.variables,
        }

    def run(self, script: str, *, check: bool = True) -> Answer:
        """Run what somebody types in a shell that stays open.

        The directory in which it ends and what it exports are those of the next call.
        """
        note = self.directory.parent / ".shell"
        finished = subprocess.run(
            ["sh", "-ec", f"{script}\npwd > '{note}'\nenv >> '{note}'"],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        if note.exists():
            directory, *exported = note.read_text().splitlines()
            self.directory = Path(directory)
            self._keep(exported)
            note.unlink()
        if check and finished.returncode:
            raise AssertionError(f"{script}\n{finished.stdout}\n{finished.stderr}")
        return Answer(finished.returncode, finished.stdout, finished.stderr)

    def _keep(self, exported: list[str]) -> None:
        named = dict(line.partition("=")[::2] for line in exported if "=" in line)
        self.variables |= {name: named[name] for name in KEPT_VARIABLES if name in named}

    def start(self, *options: str) -> Answer:
        """Start the application in the project's directory."""
        return run_program("stand_in", options, self.directory, self.environment)

    def strongroom(self, *arguments: str, check: bool = True) -> Answer:
        """Run a verb of ``strongroom`` in the project's directory."""
        answer = run_program("strongroom", arguments, self.directory, self.environment)
        assert not check or answer.code == 0, (arguments, answer)
        return answer
