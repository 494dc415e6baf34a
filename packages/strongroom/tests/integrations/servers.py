"""Servers of others, as an application meets them: over TCP, by password, with and without TLS.

PostgreSQL 18 from the wheel (its build has no SSL) and PostgreSQL 15 from Debian, which takes
nothing but TLS. Both are started here on loopback addresses of their own.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from strongroom.config import ServerSettings
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.cluster import SCRATCH_SETTINGS
from strongroom.server.os_user import server_user
from strongroom.server.supervisor import RunningServer, Supervisor

ROLE = "shop"
PASSWORD = "p@ss/word of the shop"


@dataclass(frozen=True)
class Theirs:
    """A server that somebody else runs."""

    server: RunningServer
    host: str
    certificate: Path | None
    server_directory: Path
    """Its data directory."""

    @property
    def major(self) -> int:
        return self.server.binaries.major

    def url(self, database: str, *, driver: str = "", with_password: bool = True) -> str:
        """The address as the shop's application has it in its environment."""
        password = f":{quote(PASSWORD, safe='')}" if with_password else ""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        return f"{scheme}://{ROLE}{password}@{self.host}:5432/{database}{self._tls(driver)}"

    def _tls(self, driver: str) -> str:
        if self.certificate is None:
            return ""
        if driver == "asyncpg":  # SQLAlchemy's own option of that name
            return "?ssl=require"
        return f"?sslmode=verify-full&sslrootcert={self.certificate}"

    def administrator(self, database: str = "postgres") -> psycopg.Connection:
        return connect(self.server.administrator(database), autocommit=True)

    def let_in(self, line: str) -> None:
        """Add a line to ``pg_hba.conf`` before those that are there, and let it hold at once."""
        rules = self.server_directory / "pg_hba.conf"
        rules.write_text(f"{line}\n{rules.read_text()}", encoding="utf-8")
        with self.administrator() as admin:
            admin.execute("SELECT pg_reload_conf()")

    def create(self, name: str, *, template: str = "template0") -> str:
        """Make a database of the shop's."""
        made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
        with self.administrator() as admin:
            admin.execute(
                made.format(sql.Identifier(name), sql.Identifier(ROLE), sql.Identifier(template))
            )
        return name

    def traces(self, database: str) -> list[tuple[object, ...]]:
        """Whatever a write would change: relations, their files and rows, and rows ever written."""
        with self.administrator(database) as admin:
            relations = admin.execute(
                "SELECT oid, relfilenode, relname, relnatts FROM pg_class WHERE oid >= 16384 "
                "ORDER BY oid"
            ).fetchall()
            written = admin.execute(
                "SELECT tup_inserted, tup_updated, tup_deleted FROM pg_stat_database "
                "WHERE datname = current_database()"
            ).fetchall()
        return [*relations, *written]


@contextmanager
def their_server(
    directory: Path, *, major: int, tls: bool, settings: Mapping[str, str] | None = None
) -> Iterator[Theirs]:
    """Make and run such a server, with these settings beside the usual; it is gone afterwards."""
    more = settings or {}
    host = f"127.{os.getpid() % 250 + 1}.{secrets.randbelow(250)}.{major}"
    directory.mkdir(parents=True)
    supervisor = Supervisor(_settings(directory, host, **more))
    supervisor.initialise(major=major, durable=False)
    certificate = _certificate(directory / "data", host) if tls else None
    if certificate is not None:
        supervisor = Supervisor(_settings(directory, host, ssl="on", **more))
    with supervisor.running() as server:
        if certificate is not None:
            _only_tls(directory / "data", server)
        with connect(server.administrator(), autocommit=True) as admin:
            role, password = sql.Identifier(ROLE), sql.Literal(PASSWORD)
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
        yield Theirs(server, host, certificate, directory / "data")


def _settings(directory: Path, host: str, **more: str) -> ServerSettings:
    return ServerSettings(
        data_directory=directory / "data",
        run_directory=directory / "run",
        log_directory=directory / "logs",
        settings={**SCRATCH_SETTINGS, "listen_addresses": host, "max_connections": "60", **more},
    )


def _certificate(data: Path, host: str) -> Path:
    """A key and a certificate for this address, where PostgreSQL looks for them by default."""
    key, certificate = data / "server.key", data / "server.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=shop", "-addext", f"subjectAltName=IP:{host}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    public = data.parent / "root.crt"
    public.write_bytes(certificate.read_bytes())
    for path in (key, certificate):
        path.chmod(0o600)
        server_user().own(path)
    return public


def _only_tls(data: Path, server: RunningServer) -> None:
    """Take passwords over TLS only; strongroom's own rules are written at each start."""
    rules = data / "pg_hba.conf"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("\nhost  all", "\nhostssl all"), encoding="utf-8")
    with connect(server.administrator(), autocommit=True) as admin:
        admin.execute("SELECT pg_reload_conf()")
