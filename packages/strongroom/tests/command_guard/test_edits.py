"""An editor's changes of files that decide which data an application uses."""

from __future__ import annotations

import pytest

from strongroom.command_guard import GuardSettings, judge_edit

from .conftest import NOWHERE

COMPOSE = """\
name: shop
services:
  db:
    image: postgres:18
    volumes:
      - pgdata:/var/lib/postgresql
volumes:
  pgdata:
"""

REFUSED = [
    (".env", "DATABASE_URL=postgres://db/shop\n", "DATABASE_URL=postgres://db/other\n"),
    (".env", "DATABASE_URL=postgres://db/shop\n", "# DATABASE_URL gone\n"),
    (".env.production", "PGHOST=a\n", "PGHOST=b\n"),
    (".env", "COMPOSE_PROJECT_NAME=shop\n", "COMPOSE_PROJECT_NAME=store\n"),
    ("alembic.ini", "sqlalchemy.url = postgresql://db/shop\n", "sqlalchemy.url = sqlite:///x.db\n"),
    ("compose.yaml", COMPOSE, COMPOSE.replace("pgdata:", "pgdata2:")),
    ("docker-compose.yml", COMPOSE, COMPOSE.replace("name: shop", "name: store")),
    ("compose.yaml", COMPOSE, COMPOSE.replace("      - pgdata:/var/lib/postgresql\n", "")),
    ("compose.yaml", "- pgdata:/var/lib/postgresql", "- ./pg:/var/lib/postgresql"),
    ("src/data-source.ts", "synchronize: false", "synchronize: true"),
    ("strongroom.toml", 'environment = "production"', 'environment = "test"'),
    ("strongroom.lock", "a", "b"),
    ("/root/.config/strongroom/guard.toml", "", 'scratch = ["/"]'),
]
ALLOWED = [
    (".env", "LOG_LEVEL=info\n", "LOG_LEVEL=debug\n"),
    (".env", "DATABASE_URL=postgres://db/shop\n", "DATABASE_URL=postgres://db/shop\nA=1\n"),
    (".env", "DATABASE_URL=postgres://db/a\n", "DATABASE_URL=postgres://db/shop_test\n"),
    (".env.example", "DATABASE_URL=a\n", "DATABASE_URL=b\n"),
    (".env.test", "DATABASE_URL=a\n", "DATABASE_URL=b\n"),
    ("compose.yaml", COMPOSE, COMPOSE.replace("postgres:18", "postgres:18.1")),
    ("compose.yaml", COMPOSE, COMPOSE.replace("  db:", "  web:\n    image: shop\n  db:")),
    ("compose.test.yaml", COMPOSE, COMPOSE.replace("pgdata:", "other:")),
    ("src/app.ts", "const a = 1", "const a = 2"),
    ("README.md", "synchronize: false", "synchronize: true"),
    ("tests/db.ts", "synchronize: false", "synchronize: true"),
]


@pytest.mark.parametrize(("path", "old", "new"), REFUSED)
def test_a_change_that_leads_to_other_data_is_for_a_person(path: str, old: str, new: str) -> None:
    decision = judge_edit(path, old, new, NOWHERE, settings=GuardSettings())
    assert decision.decision == "needs_human"
    assert decision.next


@pytest.mark.parametrize(("path", "old", "new"), ALLOWED)
def test_other_changes_pass(path: str, old: str, new: str) -> None:
    assert judge_edit(path, old, new, NOWHERE, settings=GuardSettings()).allowed
