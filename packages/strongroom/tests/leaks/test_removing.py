from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from strongroom.backups import take
from strongroom.cli import strongroom
from strongroom.config import Configuration
from strongroom.drills import drill
from strongroom.identity import open_database
from strongroom.leaks import find_leaks
from strongroom.leaks.removing import _script
from strongroom.leaks.tables import layout_of
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.protection import protect

ACCOUNTS = """
CREATE TABLE account (
    id bigserial PRIMARY KEY, email text NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE sign_in (
    id bigserial PRIMARY KEY, account bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO account (email) VALUES ('robin@gmail.com');
INSERT INTO account (email)
SELECT 'pytest-' || n || '@example.com' FROM generate_series(1, 400) AS n;
INSERT INTO sign_in (account) SELECT id FROM account;
"""


def answer(configuration: Configuration, *arguments: str, exit_code: int = 0) -> Any:
    command = ["--config", str(configuration.path), *arguments, "--json"]
    result = CliRunner().invoke(strongroom, command)
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def execute(configuration: Configuration, statement: str) -> Any:
    with (
        open_database(configuration) as database,
        connect(database.conninfo("migrator")) as connection,
    ):
        connection.execute("SET ROLE runs_owner")
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else None


@pytest.fixture
def leaking(sample: Configuration) -> Configuration:
    """The sample with 400 accounts that tests left beside one real, protected and proven."""
    execute(sample, ACCOUNTS)
    with open_database(sample) as database:
        manifest = take(sample, database)
    assert drill(sample, manifest.backup_id).verdict == "proven"
    protect(sample)
    return sample


def permitted(configuration: Configuration, *effects: str) -> str:
    asked = answer(configuration, "permit", "ask", *effects, "--reason", "tests")
    granted: str = answer(configuration, "permit", "grant", asked["id"])["permit_id"]
    return granted


def test_exactly_the_rows_that_were_shown_are_removed_with_a_permit(
    leaking: Configuration,
) -> None:
    before = execute(leaking, "SELECT count(*), max(xmin::text) FROM account")
    shown = answer(leaking, "leaks")
    assert execute(leaking, "SELECT count(*), max(xmin::text) FROM account") == before
    assert shown["rows"] == {"public.account": 400, "public.sign_in": 400}
    assert len(shown["with_them"]["public.sign_in"]) == 400
    fingerprint = shown["fingerprint"]
    assert "'delete public.account rows=400' 'delete public.sign_in rows=400'" in shown["next"]

    too_small = permitted(leaking, "delete public.account rows=400")
    refused = answer(leaking, "leaks", "--remove", too_small, "--found", fingerprint, exit_code=1)
    assert "delete public.sign_in rows=400" in refused["error"]["message"]
    no_permit = answer(leaking, "leaks", "--remove", "none", "--found", fingerprint, exit_code=30)
    assert no_permit["error"]["code"] == "permit"
    assert execute(leaking, "SELECT count(*) FROM account") == [(401,)]

    permit = permitted(leaking, "delete public.account rows=400", "delete public.sign_in rows=400")
    other = answer(leaking, "leaks", "--remove", permit, "--found", "0" * 16, exit_code=1)
    assert "not those that were shown" in other["error"]["message"]
    done = answer(leaking, "leaks", "--remove", permit, "--found", fingerprint)
    assert done["removed"] == {"public.account": 400, "public.sign_in": 400}
    assert execute(leaking, "SELECT email FROM account") == [("robin@gmail.com",)]
    assert execute(leaking, "SELECT count(*) FROM sign_in") == [(1,)]
    removed = next(e for e in ledger_of(leaking).entries() if e.kind == "leaks_removed")
    assert "pytest-" not in json.dumps(removed.details)  # the ledger keeps no values
    assert answer(leaking, "leaks")["leaks"] == []
    assert answer(leaking, "check")["verdict"] == "match"


@pytest.mark.parametrize(
    "meanwhile",
    [
        "INSERT INTO account (email, invited_by) SELECT 'kim@gmail.com', id FROM leaked",
        "INSERT INTO point SELECT id FROM leaked",
        "INSERT INTO account (email, approved_by) SELECT 'kim@gmail.com', id FROM leaked",
        "CREATE TRIGGER t AFTER DELETE ON account EXECUTE FUNCTION forget()",
        "CREATE TRIGGER t BEFORE DELETE ON account FOR EACH ROW EXECUTE FUNCTION forget()",
        "DELETE FROM account USING leaked WHERE account.id = leaked.id",
    ],
    ids=["kin", "no key", "set null", "trigger", "trigger that keeps", "gone already"],
)
def test_a_removal_that_would_take_anything_else_takes_nothing(
    database: Any, meanwhile: str
) -> None:
    database.execute(
        ACCOUNTS
        + """
        ALTER TABLE account ADD invited_by bigint REFERENCES account ON DELETE CASCADE;
        ALTER TABLE account ADD approved_by bigint REFERENCES account ON DELETE SET NULL;
        CREATE TABLE point (account bigint REFERENCES account ON DELETE CASCADE);
        CREATE TABLE diary (line text);
        INSERT INTO diary VALUES ('of a real person');
        CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN DELETE FROM diary; RETURN NULL; END';
        CREATE VIEW leaked AS SELECT id FROM account WHERE email = 'pytest-1@example.com';
        """
    )
    with database.connect(autocommit=True) as connection:
        script = _script(find_leaks(connection), layout_of(connection)).as_string(connection)
        with connection.transaction(force_rollback=True):
            connection.execute(script.encode())
            assert connection.execute("SELECT count(*) FROM account").fetchall() == [(1,)]
    # By others, and removed on a connection of its own, whose counts begin with the removal.
    database.execute(meanwhile)
    with database.connect(autocommit=True) as connection:
        counts = "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM diary)"
        before = connection.execute(counts.encode()).fetchall()
        with pytest.raises(psycopg.errors.RaiseException):
            connection.execute(script.encode())
        assert connection.execute(counts.encode()).fetchall() == before


def test_removing_needs_the_rows_that_were_shown() -> None:
    usage = CliRunner().invoke(strongroom, ["leaks", "--remove", "some"])
    assert usage.exit_code == 2
    assert "belong together" in usage.output
