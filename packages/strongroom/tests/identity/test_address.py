"""Addresses are understood as libpq understands them, also with another driver's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.config import default_document, parse
from strongroom.identity.address import connection_of, parsed


@pytest.mark.parametrize(
    ("address", "understood"),
    [
        ("postgresql:///shop", {"dbname": "shop"}),
        ("postgresql:///shop?host=/run/pg&port=5433", {"dbname": "shop", "host": "/run/pg"}),
        ("postgresql+psycopg://me@/shop?host=/run/pg", {"user": "me", "host": "/run/pg"}),
        ("postgresql+asyncpg://me@db:1/shop?ssl=require", {"host": "db", "sslmode": "require"}),
        ("host=/run/pg dbname=shop", {"dbname": "shop", "host": "/run/pg"}),
    ],
)
def test_an_address_leads_where_libpq_would_go(address: str, understood: dict[str, str]) -> None:
    assert understood.items() <= parsed(address, where="here").items()


def test_an_address_without_a_name_leads_where_the_application_gets_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not to the database that the file names: the application would write into the other one."""
    text = default_document(application="shop", environment="test", database="shop", url="$ADDRESS")
    configuration = parse(tmp_path / "strongroom.toml", text)
    monkeypatch.delenv("PGDATABASE", raising=False)
    monkeypatch.setenv("ADDRESS", "postgresql://me@db")
    assert connection_of(configuration)["dbname"] == "me"
    monkeypatch.setenv("PGDATABASE", "postgres")
    assert connection_of(configuration)["dbname"] == "postgres"
    monkeypatch.setenv("ADDRESS", "postgresql://me@db/shop")
    assert connection_of(configuration)["dbname"] == "shop"
