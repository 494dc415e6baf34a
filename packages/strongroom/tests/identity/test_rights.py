"""Roles with few rights: what may not be looked at is never judged to be absent."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.config import Configuration, default_document, load
from strongroom.errors import DatabaseError
from strongroom.identity import Verdict, adopt, check, open_database
from strongroom.identity.judgement import Judgement
from strongroom.postgres.connections import connect_as_configured as connect

if TYPE_CHECKING:
    from conftest import Database

READS = "GRANT USAGE ON SCHEMA strongroom TO few"
IDENTITY = "GRANT SELECT ON strongroom.identity, strongroom.epoch TO few"
APPENDS = "GRANT EXECUTE ON FUNCTION strongroom.append_epoch() TO few"


@dataclass(frozen=True)
class Narrow:
    """A database whose application logs in as a role with few rights."""

    database: Database
    configuration: Configuration

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self.database.execute(statement)

    def pin(self) -> None:
        """Adopted by its administrator; the role is given nothing."""
        address = str(self.configuration.url).replace("user=few", "user=strongroom_admin")
        adopt(replace(self.configuration, url=address))

    def check(self) -> Judgement:
        return check(self.configuration)

    def check_outside(self) -> dict[str, str]:
        """Check in a process of its own: in this one the guard of tests steps in before."""
        program = Path(sys.executable).with_name("strongroom")
        asked = [str(program), "--config", str(self.configuration.path), "check", "--json"]
        told = subprocess.run(asked, capture_output=True, check=False)
        judgement: dict[str, str] = json.loads(told.stdout)
        return judgement


@pytest.fixture
def narrow(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Narrow]:
    server = database.server
    text = default_document(
        application="app",
        environment="production",
        database=database.name,
        url=f"host={server.socket_directory} port={server.port} user=few",
    )
    (tmp_path / "strongroom.toml").write_text(text)
    password = secrets.token_hex()
    with connect(server.administrator(), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE few LOGIN PASSWORD '{password}'")
    monkeypatch.setenv("PGPASSWORD", password)
    yield Narrow(database, load(tmp_path / "strongroom.toml"))
    database.execute("DROP OWNED BY few")
    with connect(server.administrator(), autocommit=True) as admin:
        admin.execute("GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC")
        admin.execute("DROP OWNED BY few")
        admin.execute("DROP ROLE few")


def test_a_role_learns_right_by_right_what_it_needs_to_be_let_in(narrow: Narrow) -> None:
    narrow.pin()
    for granted in (READS, IDENTITY):
        judgement = narrow.check_outside()
        assert judgement["verdict"] == "unreachable"
        assert "role few may not read schema strongroom" in judgement["message"]
        assert granted in judgement["next"]
        narrow.execute(granted)
    assert narrow.check().matches
    assert [one.code for one in narrow.check().warnings] == ["cannot_append"]
    assert APPENDS in narrow.check().warnings[0].message
    with pytest.raises(DatabaseError) as refused, open_database(narrow.configuration):
        pytest.fail("it was opened without a mark")
    assert APPENDS in refused.value.next_step
    narrow.execute(APPENDS)
    with open_database(narrow.configuration) as opened:
        assert opened.judgement.matches
    narrow.execute("ALTER ROLE few SET default_transaction_read_only = on")
    assert [one.code for one in narrow.check().warnings] == ["read_only_role"]
    with pytest.raises(DatabaseError, match="read-only"), open_database(narrow.configuration):
        pytest.fail("it was opened without a mark")


def test_a_role_that_may_not_ask_for_the_cluster_is_judged_by_the_marks(narrow: Narrow) -> None:
    narrow.pin()
    narrow.execute(READS, IDENTITY, APPENDS)
    narrow.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    assert narrow.check().matches
    with open_database(narrow.configuration):
        pass
    narrow.execute("DELETE FROM strongroom.epoch WHERE n > 1")
    assert narrow.check().verdict is Verdict.ROLLED_BACK


@pytest.mark.parametrize(
    "hidden",
    [
        "REVOKE ALL ON patient FROM few",
        "GRANT SELECT ON patient TO few; ALTER TABLE patient ENABLE ROW LEVEL SECURITY",
        "CREATE SCHEMA ward; ALTER TABLE patient SET SCHEMA ward",
    ],
    ids=["no right", "row security", "another schema"],
)
def test_a_foreign_database_that_may_not_be_read_is_not_taken_for_an_empty_one(
    narrow: Narrow, hidden: str
) -> None:
    own = narrow.database
    narrow.pin()
    narrow.execute("DROP SCHEMA strongroom CASCADE", "CREATE TABLE patient (name text)", hidden)
    assert narrow.check().verdict is Verdict.EMPTY  # a table that never held a row
    name = "ward.patient" if "ward" in hidden else "patient"
    own.execute(f"INSERT INTO {name} VALUES ('somebody')")
    judgement = narrow.check()
    assert judgement.verdict is Verdict.FOREIGN
    assert "tables that role few may not read" in judgement.message


@pytest.mark.parametrize(
    "hidden", ["", "GRANT SELECT ON run TO few; ALTER TABLE run ENABLE ROW LEVEL SECURITY"]
)
def test_rows_that_may_not_be_counted_are_a_warning_and_no_loss(
    narrow: Narrow, hidden: str
) -> None:
    narrow.execute("CREATE TABLE run (id integer)", "INSERT INTO run VALUES (1)", hidden or "")
    narrow.pin()
    narrow.execute(READS, IDENTITY, APPENDS)
    judgement = narrow.check()
    assert judgement.matches
    (warning,) = judgement.warnings
    assert warning.code == "floor_unchecked"
    assert "this role may not read all of them" in warning.message
