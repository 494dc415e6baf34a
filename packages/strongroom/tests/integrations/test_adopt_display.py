"""What ``strongroom adopt`` shows of a database of others, and that a dry run leaves no trace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.identity.usage import Access, cautions_about

Stage = Any
"""``conftest.Stage``; pytest loads that file under a name of its own."""

ADOPT = ["adopt", "--environment", "production", "--application", "till"]
ADDRESS = ["--url-from", "DATABASE_URL"]


@pytest.fixture
def till(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database nobody has pinned, with one table, and an empty directory to work in."""
    name = f"till_{tmp_path.name[-12:].strip('_')}"
    stage.theirs.create(name)
    with stage.theirs.administrator(name) as admin:
        admin.execute("SET ROLE shop")
        admin.execute("CREATE TABLE sale (id integer)")
        admin.execute("INSERT INTO sale SELECT generate_series(1, 42)")
        admin.execute("RESET ROLE")
        admin.execute("VACUUM FREEZE")
        admin.execute("CHECKPOINT")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", stage.theirs.url(name, driver="asyncpg"))
    return name


def position(stage: Stage) -> str:
    """Where the server's log of changes ends: whatever is written moves it."""
    with stage.theirs.administrator() as admin:
        return str(admin.execute("SELECT pg_current_wal_insert_lsn()").fetchall()[0][0])


def test_a_dry_run_shows_everything_and_writes_nothing_anywhere(
    stage: Stage, till: str, tmp_path: Path
) -> None:
    with psycopg.connect(stage.theirs.url(till), application_name="kiosk"):
        before = (stage.theirs.traces(till), position(stage), sorted(tmp_path.rglob("*")))
        shown = CliRunner().invoke(strongroom, [*ADOPT, *ADDRESS, "--dry-run"])
        assert shown.exit_code == 0, shown.output
        after = (stage.theirs.traces(till), position(stage), sorted(tmp_path.rglob("*")))
    assert after == before
    assert "public.sale" in shown.output
    assert "42" in shown.output
    assert "shop (owner of the tables)" in shown.output
    assert f"PostgreSQL {stage.theirs.major}." in shown.output
    assert ("TLSv1.3" in shown.output) == (stage.theirs.certificate is not None)
    assert "shop (kiosk, owner) from 127." in shown.output
    assert "it may drop what it only needs to read and write" in shown.output
    assert "nothing was written" in shown.output


def test_an_adoption_adds_its_own_schema_and_no_password_to_any_file(
    stage: Stage, till: str, tmp_path: Path
) -> None:
    adopted = CliRunner().invoke(strongroom, [*ADOPT, *ADDRESS, "--json"])
    assert adopted.exit_code == 0, adopted.output
    document = json.loads(adopted.stdout)
    assert document["adopted"]
    assert document["access"]["role"] == "shop"
    assert [one["code"] for one in document["cautions"]] == ["owner"]
    assert 'url = "$DATABASE_URL"' in (tmp_path / "strongroom.toml").read_text()
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"p@ss" not in written
    assert b"p%40ss" not in written
    with stage.theirs.administrator(till) as admin:
        schemas = admin.execute(
            "SELECT DISTINCT relnamespace::regnamespace::text FROM pg_class WHERE oid >= 16384 "
            "AND relkind = 'r' ORDER BY 1"
        ).fetchall()
    assert schemas == [("public",), ("strongroom",)]
    checked = CliRunner().invoke(strongroom, ["check"])
    assert checked.exit_code == 0, checked.output


def test_a_missing_variable_is_told_by_its_name(
    till: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert till
    monkeypatch.delenv("DATABASE_URL")
    refused = CliRunner().invoke(strongroom, [*ADOPT, *ADDRESS])
    assert refused.exit_code == 1
    assert "variable DATABASE_URL, which is not set" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_what_makes_a_loss_easier_is_told_apart() -> None:
    fine = Access("app", superuser=False, owner=False, tls="TLSv1.3", on_this_machine=False,
                  through_a_pooler=False, server_version="18.1")  # fmt: skip
    assert cautions_about(fine) == ()
    risky = {**vars(fine), "superuser": True, "owner": True, "tls": None}
    assert [one.code for one in cautions_about(Access(**risky))] == ["superuser", "no_tls"]
    pooled = {**vars(fine), "through_a_pooler": True, "tls": None}
    assert [one.code for one in cautions_about(Access(**pooled))] == ["pooler"]
