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
KEPT_VARIABLES = (
    *("COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "DATA_DIR", "DATABASE_URL", "DOCKER_HOST", "RUN"),
)
"""What recipes export, and what they are told to."""


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
    reads_env: bool = False
    """Whether programs get the variables of ``.env``, as most frameworks give them."""

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
            **(self._written() if self.reads_env else {}),
        }

    def _written(self) -> dict[str, str]:
        path = self.directory / ".env"
        lines = path.read_text().splitlines() if path.exists() else []
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def run(self, script: str, *, check: bool = True) -> Answer:
        """Run what somebody types in a shell that stays open.

        The directory in which it ends and what it exports are those of the next call.
        """
        note, given = self.directory.parent / ".shell", self.environment
        finished = subprocess.run(
            ["sh", "-ec", f"{script}\npwd > '{note}'\nenv >> '{note}'"],
            cwd=self.directory,
            env=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        if note.exists():
            directory, *exported = note.read_text().splitlines()
            self.directory = Path(directory)
            self._keep(exported, given)
            note.unlink()
        if check and finished.returncode:
            raise AssertionError(f"{script}\n{finished.stdout}\n{finished.stderr}")
        return Answer(finished.returncode, finished.stdout, finished.stderr)

    def _keep(self, exported: list[str], given: Mapping[str, str]) -> None:
        named = dict(line.partition("=")[::2] for line in exported if "=" in line)
        self.variables |= {
            name: named[name]
            for name in KEPT_VARIABLES
            if name in named and named[name] != given.get(name)
        }

    def start(self, *options: str) -> Answer:
        """Start the application in the project's directory."""
        return run_program("stand_in", options, self.directory, self.environment)

    def strongroom(self, *arguments: str, check: bool = True) -> Answer:
        """Run a verb of ``strongroom`` in the project's directory."""
        answer = run_program("strongroom", arguments, self.directory, self.environment)
        assert not check or answer.code == 0, (arguments, answer)
        return answer
