"""Addresses are understood as libpq understands them, also with another driver's words."""

from __future__ import annotations

import pytest

from strongroom.identity.address import parsed


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
