"""A database in another encoding than ours is proven in a copy of that encoding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from strongroom.backups import Method, take
from strongroom.config import CONFIGURATION_NAME, default_document, load
from strongroom.drills import drill
from strongroom.identity import adopt
from strongroom.postgres.connections import connect_as_configured as connect


@pytest.mark.parametrize(("encoding", "method"), [("LATIN1", "physical"), ("SQL_ASCII", "logical")])
def test_a_backup_in_another_encoding_is_proven(
    database: Any, tmp_path: Path, encoding: str, method: Method
) -> None:
    name = f"{database.name}_encoded"
    where = {**database.conninfo, "dbname": name}
    with connect(database.conninfo, autocommit=True) as admin:
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
        with connect(database.conninfo, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
