"""Every address of a run is found, however and wherever it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from strongroom.integrations.pytest.addresses import Address, in_environment, in_text
from strongroom.integrations.pytest.files import (
    in_services,
    in_variables_of,
    settings_of,
    variables_of,
)


def leads_to(addresses: Iterable[Address]) -> list[tuple[str | None, ...]]:
    return [
        tuple(dict(one.conninfo).get(k) for k in ("host", "port", "dbname")) for one in addresses
    ]


@pytest.mark.parametrize(
    "variables",
    [
        {"DB_HOST": "h", "DB_PORT": "7", "DB_NAME": "shop"},
        {"RDS_HOSTNAME": "h", "RDS_PORT": "7", "RDS_DB_NAME": "shop"},
        {"POSTGRES_SERVER": "h", "POSTGRES_PORT": "7", "POSTGRES_DB": "shop"},
        {"db_host": "h", "db_port": "7", "db_name": "shop"},
        {"DB_HOST": "h", "POSTGRES_PORT": "7", "POSTGRES_DB": "shop", "REDIS_DB": "cache"},
        {"APP_DB_HOST": "h", "APP_DB_PORT": "7", "APP_DB": "shop"},
        {"PG_ADDR": "h", "PG_PORT": "7", "DATABASE": "shop", "HOSTNAME": "my-machine"},
        {"MY_DSN": "host=h port=7 dbname=shop"},
    ],
    ids="-".join,
)
def test_an_address_in_parts_is_put_together(variables: Mapping[str, str]) -> None:
    assert leads_to(in_environment(variables)) == [("h", "7", "shop")]


@pytest.mark.parametrize(
    "variables",
    [
        {"REDIS_HOST": "h", "REDIS_DB": "cache"},
        {"DB_HOST": "h", "DB_NAME": "shop", "DB_ENGINE": "mysql"},
        {"SMTP_SERVER": "h", "DB_NAME": "shop"},
        {"HOSTNAME": "my-machine", "NAME": "my-machine"},
        {"API_HOST": "h", "POSTGRES_DB": "shop"},
    ],
    ids="-".join,
)
def test_what_belongs_to_something_else_is_left_alone(variables: Mapping[str, str]) -> None:
    assert leads_to(in_environment(variables)) == []


def test_an_address_without_a_name_leads_to_the_default_database() -> None:
    assert leads_to(in_environment({"MY_DSN": "host=h port=7"})) == [("h", "7", None)]


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("DATABASE_URL=postgresql://h:7/shop", {}, [("h", "7", "shop")]),
        ("export DATABASE_URL = 'postgresql://h:7/shop'  # real", {}, [("h", "7", "shop")]),
        ("DB_HOST=h\nDB_PORT=7\nDB_NAME=shop", {}, [("h", "7", "shop")]),
        ("PGHOST=h\nPGPORT=7\nPGDATABASE=shop", {}, [("h", "7", "shop")]),
        ("DB_HOST=h\nURL=postgresql://${DB_HOST}:7/shop", {}, [("h", "7", "shop")]),
        ("DB_HOST=h\nDB_PORT=7", {"DB_NAME": "shop"}, [("h", "7", "shop")]),
        ("# DATABASE_URL=postgresql://h:7/shop", {}, []),
        ("DATABASE_URL=postgresql://h:7/shop", {"DATABASE_URL": "sqlite://"}, []),
        ("DATABASE_URL=postgresql://h:7/shop", {"DATABASE_URL": ""}, []),
    ],
)
def test_a_files_variables_count_unless_the_environment_says_otherwise(
    text: str,
    environment: Mapping[str, str],
    expected: list[tuple[str, ...]],
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text(text)
    ((source, variables),) = variables_of([tmp_path]).items()
    assert leads_to(in_variables_of(source, variables, environment)) == expected


def test_addresses_in_comments_are_none(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text(
        "# never on postgresql://h/real\n  ; nor postgresql://h/this\n"
        "sqlalchemy.url = postgresql://h:7/shop\n"
    )
    ((source, text),) = settings_of([tmp_path], None).items()
    assert leads_to(in_text(source, text)) == [("h", "7", "shop")]


def test_a_service_counts_that_any_variable_names(tmp_path: Path) -> None:
    (tmp_path / "services").write_text("[real]\nhost=h\n[other]\nhost=i\n")
    file = {"PGSERVICEFILE": str(tmp_path / "services")}
    assert list(in_services(file)) == []
    (found,) = in_services({**file, "DB_SERVICE": "real"})
    assert (found.source, found.conninfo) == ("DB_SERVICE", (("service", "real"),))
