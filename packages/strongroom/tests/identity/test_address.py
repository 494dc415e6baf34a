"""Addresses are understood as libpq understands them, also with another driver's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.config import default_document, parse
from strongroom.errors import ConfigurationError
from strongroom.identity.address import connection_of
from strongroom.identity.uri import parsed


@pytest.mark.parametrize(
    ("address", "understood"),
    [
        ("postgresql:///shop", {"dbname": "shop"}),
        ("postgresql:///shop?host=/run/pg&port=5433", {"dbname": "shop", "host": "/run/pg"}),
        ("postgresql+psycopg://me@/shop?host=/run/pg", {"user": "me", "host": "/run/pg"}),
        ("postgresql:///shop?host=%2Frun%2Fa%20%40b", {"dbname": "shop", "host": "/run/a @b"}),
        ("postgresql+asyncpg://me@db:1/shop?ssl=require", {"host": "db", "sslmode": "require"}),
        ("host=/run/pg dbname=shop", {"dbname": "shop", "host": "/run/pg"}),
        (
            "postgresql://me@db/shop?options=-c%20search_path%3Dpublic",
            {"options": "-c search_path=public"},
        ),
        ("postgresql+asyncpg://me@db/shop?ssl=true", {"sslmode": "require"}),
        ("postgresql+asyncpg://me@db/shop?prepared_statement_cache_size=0", {"dbname": "shop"}),
        (
            "postgresql+psycopg://me:a/b@db/shop",
            {"user": "me", "password": "a/b", "host": "db", "dbname": "shop"},
        ),
        ("postgresql+psycopg2://me:a%2Fb?c@db:5/shop", {"password": "a/b?c", "port": "5"}),
        ("postgresql://me:a?b@db/shop?sslmode=require", {"password": "a?b", "sslmode": "require"}),
        ("postgresql://me:12/34@db/shop", {"password": "12/34", "host": "db"}),
        ("postgresql://db:5433/shop?user=a%40b", {"host": "db", "port": "5433", "user": "a@b"}),
        ("postgresql://a:1,b:2/shop", {"host": "a,b", "port": "1,2"}),
        ("postgresql+psycopg://[::1]:5433/shop", {"host": "::1", "port": "5433"}),
        (
            "postgresql+psycopg://me@/shop?host=a:5432&host=b:5433",
            {"host": "a,b", "port": "5432,5433"},
        ),
    ],
)
def test_an_address_leads_where_libpq_would_go(address: str, understood: dict[str, str]) -> None:
    assert understood.items() <= parsed(address, where="here").items()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://me:head1@tail2@db/shop",
        "postgresql://me:head1@tail2@db/shop",
        "postgresql://me:head1/tail2@x@db:5432/shop",
        "postgresql://me:head1:tail2/shop",
        "mysql://me:tail2@db/shop",
    ],
)
def test_what_may_be_a_part_of_a_password_is_refused_and_not_quoted(address: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parsed(address, where="here")
    told = f"{refused.value} {refused.value.next_step}"
    assert "tail2" not in told
    assert "head1" not in told


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


def test_a_service_names_its_own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = default_document(application="shop", environment="test", database="shop", url="$ADDRESS")
    monkeypatch.delenv("PGDATABASE", raising=False)
    monkeypatch.setenv("ADDRESS", "service=theirs")
    assert connection_of(parse(tmp_path / "strongroom.toml", text)) == {"service": "theirs"}
