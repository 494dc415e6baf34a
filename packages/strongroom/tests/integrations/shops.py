"""A shop on a server that others run, and a role that takes its backups."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers import PASSWORD as SHOP_PASSWORD
from servers import Theirs, their_server

from strongroom.backups import Manifest
from strongroom.backups.physical.rights import Hindrance, hindrances
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.identity import adopt
from strongroom.postgres.connections import connect

KEEPER, NEWCOMER, PASSWORD = "keeper", "newcomer", "of the keeper"
REPLICATING = {"wal_level": "replica", "max_wal_senders": "8", "shared_buffers": "16MB"}


@dataclass(frozen=True)
class Shop:
    """The shop's pinned database on a server of others, and a role that may take its backups."""

    theirs: Theirs
    configuration: Configuration
    role: str = KEEPER

    @property
    def keeper(self) -> dict[str, str | int]:
        found: dict[str, str | int] = {"host": self.theirs.host, "port": 5432, "dbname": "shop"}
        return {**found, "user": self.role, "password": PASSWORD, **self.tls}

    @property
    def tls(self) -> dict[str, str]:
        if self.theirs.certificate is None:
            return {}
        return {"sslmode": "verify-full", "sslrootcert": str(self.theirs.certificate)}

    def follow(self, remedy: str) -> None:
        """Do exactly what a hindrance says."""
        if remedy.startswith("this line in pg_hba.conf"):
            self.theirs.let_in(remedy.partition("(): ")[2])
            return
        with self.theirs.administrator("shop") as admin:
            admin.execute(remedy.encode())

    def entitled(self) -> list[str]:
        """Give the role every right that it is said to lack; what was lacking."""
        followed: list[str] = []
        while found := self.missing():
            self.follow(found[0].statement)
            followed.append(found[0].what)
            assert len(followed) < 9, followed
        return followed

    def missing(self) -> list[Hindrance]:
        with connect(self.keeper) as conn:
            return hindrances(conn, self.keeper)

    @contextmanager
    def written_to(self, databases: Sequence[str] = ("shop",)) -> Iterator[None]:
        """Let others write single rows throughout, in short transactions without a pause."""
        stop = threading.Event()

        def write(database: str) -> None:
            with self.theirs.administrator(database) as conn:
                while not stop.is_set():
                    conn.execute("INSERT INTO sold (what) SELECT 'something'")
                    conn.execute("UPDATE sold SET what = what || '.' WHERE id = 1")

        threads = [threading.Thread(target=write, args=[one]) for one in databases]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


@contextmanager
def shop_on(directory: Path, major: int, *, tls: bool = False, **settings: str) -> Iterator[Shop]:
    """Start such a server, and adopt the shop's database on it."""
    with (
        their_server(
            directory / "server", major=major, tls=tls, settings={**REPLICATING, **settings}
        ) as theirs,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in ("shop", "bills"):
            theirs.create(name)
            with theirs.administrator(name) as admin:
                admin.execute("SET ROLE shop")
                admin.execute("CREATE TABLE sold (id serial PRIMARY KEY, what text NOT NULL)")
                admin.execute(
                    "INSERT INTO sold (what) SELECT 'n' || n FROM generate_series(1, 99) n"
                )
        with theirs.administrator() as admin:
            for role in (KEEPER, NEWCOMER):
                admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        with theirs.administrator("shop") as admin:
            admin.execute("SET ROLE shop")
            admin.execute("CREATE UNLOGGED TABLE basket AS SELECT 1 AS id")
        passwords = directory / "pgpass"
        theirs_too = "".join(f"*:*:*:{role}:{PASSWORD}\n" for role in (KEEPER, NEWCOMER))
        passwords.write_text(f"*:*:*:shop:{SHOP_PASSWORD}\n{theirs_too}")
        passwords.chmod(0o600)
        patch.setenv("PGPASSFILE", str(passwords))
        address = theirs.url("shop", with_password=False)
        text = default_document(
            application="shop", environment="test", database="shop", url=address
        )
        home = directory / "home"
        home.mkdir()
        path = home / CONFIGURATION_NAME
        keeper = address.replace("//shop@", f"//{KEEPER}@")
        path.write_text(text.replace("[store]", f'backup = "{keeper}"\n\n[store]', 1))
        configuration = load(path)
        adopt(configuration)
        with theirs.administrator("shop") as admin:  # the guard of this suite reads it too
            admin.execute(f"GRANT USAGE ON SCHEMA strongroom TO {KEEPER}, {NEWCOMER}")
            admin.execute(f"GRANT SELECT ON strongroom.identity TO {KEEPER}, {NEWCOMER}")
        yield Shop(theirs, configuration)


def proof_of(manifest: Manifest) -> tuple[str, str]:
    assert manifest.physical is not None
    return manifest.physical.kind, manifest.physical.proof_method
