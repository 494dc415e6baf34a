"""A machine as the guarded Compose and the audit see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from strongroom.cli import strongroom
from strongroom.config import Configuration
from strongroom.testing.container_engine import StandIn

INCIDENT = """\
services:
  postgres:
    image: postgres:18
    environment: {POSTGRES_PASSWORD: "x", PGDATA: /var/lib/postgresql/data}
    volumes: [postgres_data:/var/lib/postgresql/data]
  web:
    image: web
    depends_on: [postgres]
  mail:
    image: mail
volumes:
  postgres_data:
"""


@dataclass(frozen=True)
class World:
    """A machine with an engine, a pinned database in one of its volumes, and Compose."""

    home: Path
    engine: StandIn
    sample: Configuration
    called: Path

    def project(self, directory: str, text: str = INCIDENT) -> Path:
        made = self.home / directory
        made.mkdir()
        (made / "docker-compose.yml").write_text(text)
        return made

    def volume(self, name: str, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        labels = {"com.docker.compose.project": name.partition("_")[0]}
        document = {"Name": name, "Mountpoint": str(directory), "Driver": "local", "Labels": labels}
        self.engine.volumes.append(document)

    def compose(self, *words: str, pinned: bool = True) -> Result:
        options = ["--config", str(self.sample.path)] if pinned else []
        return CliRunner().invoke(strongroom, [*options, "compose", *words])

    @property
    def calls(self) -> list[str]:
        return self.called.read_text().splitlines() if self.called.exists() else []
