"""A database in another encoding than ours is proven in a copy of that encoding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psycopg import sql

from strongroom.backups import Method, take
from strongroom.config import CONFIGURATION_NAME, default_document, load
from strongroom.drills import drill
from strongroom.identity import adopt
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.scratch import scratch_server

REPLICATING = {"wal_level": "replica", "max_wal_senders": "4"}


def is_proven(conninfo: dict[str, Any], tmp_path: Path, encoding: str, method: Method) -> None:
    """Make such a database with a row, back it up, and drill the backup."""
    name = f"encoded_{method}"
    where = {**conninfo, "dbname": name}
    with connect(conninfo, autocommit=True) as admin:
        made = sql.SQL(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C' "
            "LOCALE_PROVIDER libc"
        )
        admin.execute(made.format(sql.Identifier(name), sql.Literal(encoding)))
    try:
        with connect(where, autocommit=True) as inside:
            # As SQL_ASCII has it, a byte that is no UTF-8.
            inside.execute("CREATE TABLE public.said AS SELECT chr(228) AS t")
        path = tmp_path / CONFIGURATION_NAME
        url = f"postgresql://{where['user']}@/{name}?host={where['host']}&port={where['port']}"
        path.write_text(
            default_document(application="shop", environment="test", database=name, url=url)
        )
        configuration = load(path)
        adopt(configuration)
        take(configuration, method=method)
        record = drill(configuration)
        assert (record.verdict, record.findings) == ("proven", [])
    finally:
        with connect(conninfo, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_a_logical_backup_of_bytes_that_are_no_text_is_proven(
    database: Any, tmp_path: Path
) -> None:
    is_proven(database.conninfo, tmp_path, "SQL_ASCII", "logical")


def test_a_physical_backup_in_another_encoding_is_proven(tmp_path: Path) -> None:
    with scratch_server(tmp_path / "server", settings=REPLICATING) as running:
        is_proven(running.administrator(), tmp_path, "LATIN1", "physical")
