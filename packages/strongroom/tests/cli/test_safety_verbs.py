"""What ``protect``, ``permit``, ``leaks``, ``state`` and ``freeze`` answer, and how they end."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from strongroom.backups import take
from strongroom.cli import strongroom
from strongroom.config import CONFIGURATION_NAME, Configuration, load
from strongroom.drills import drill
from strongroom.identity import open_database
from strongroom.identity.tokens import issue_token
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.protection import protect

TRUNCATE = "truncate public.parent"


def run(configuration: Configuration, *arguments: str) -> Result:
    return CliRunner().invoke(strongroom, ["--config", str(configuration.path), *arguments])


def answer(configuration: Configuration, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    result = run(configuration, *arguments, "--json")
    assert result.exit_code == exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def copied(home: Path, target: Path) -> Configuration:
    subprocess.run(["cp", "-a", "--reflink=auto", home, target], check=True)
    return load(target / CONFIGURATION_NAME)


@pytest.fixture(scope="module")
def protected_template(sample_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample and a table of 200 rows, protected, with a proven backup."""
    configuration = copied(sample_template, tmp_path_factory.mktemp("protected") / "home")
    as_owner(configuration, "CREATE TABLE public.many AS SELECT generate_series(1, 200) AS n")
    with open_database(configuration) as database:
        take(configuration, database)
    drill(configuration)
    protect(configuration)
    return configuration.directory


@pytest.fixture
def protected(protected_template: Path, tmp_path: Path) -> Configuration:
    return copied(protected_template, tmp_path / "home")


def as_owner(configuration: Configuration, statement: str) -> list[tuple[Any, ...]]:
    with (
        open_database(configuration) as database,
        connect(database.conninfo("migrator"), autocommit=True) as connection,
    ):
        connection.execute("SET ROLE runs_owner")
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_protect_tells_what_is_missing_mends_it_and_asks_a_person_before_it_removes_it(
    sample: Configuration, tmp_path: Path
) -> None:
    dry = answer(sample, "protect", "--dry-run")
    assert (dry["changed"], dry["dry_run"]) == (False, True)
    assert dry["before"] == dry["after"] != []
    assert set(dry["before"][0]) == {"name", "status", "hint"}
    assert dry["next"].endswith(" protect")
    done = answer(sample, "protect")
    assert (done["changed"], done["after"], done["next"]) == (True, [], "")
    assert done["tables"] > 0
    assert not answer(sample, "protect")["changed"]
    refused = answer(sample, "protect", "--remove", exit_code=30)["error"]
    assert refused["code"] == "confirmation_needed"
    assert refused["next"]
    token = tmp_path / "token"
    issue_token(sample, purpose="remove protection", destination=token)
    assert not answer(sample, "protect", "--remove", "--token-file", str(token))["protected"]
    used = answer(sample, "protect", "--remove", "--token-file", str(token), exit_code=30)["error"]
    assert "used already" in used["message"]


def test_a_permit_is_asked_for_granted_listed_used_once_and_leaves_no_secret(
    protected: Configuration, tmp_path: Path
) -> None:
    effect = "delete public.many rows=200"
    asked = answer(protected, "permit", "ask", effect, "--reason", "made by mistake")
    assert set(asked) == {"id", "effects", "reason", "asked_at", "next"}
    assert asked["next"].endswith(f"permit grant {asked['id']}")
    assert answer(protected, "permit", "list") == {
        "requests": [{name: asked[name] for name in ("id", "effects", "reason", "asked_at")}],
        "permits": [],
    }
    granted = answer(protected, "permit", "grant", asked["id"], "--lasts-min", "5")
    assert set(granted) == {"permit_id", "secret_file", "expires_at", "next"}
    assert datetime.fromisoformat(granted["expires_at"]).tzinfo is not None
    secret = Path(granted["secret_file"])
    assert secret.stat().st_mode & 0o777 == 0o600
    listed = answer(protected, "permit", "list")
    assert [one["id"] for one in listed["permits"]] == [granted["permit_id"]]
    assert secret.read_text().strip() not in json.dumps([asked, granted, listed])
    script = tmp_path / "mend.sql"
    script.write_text("DELETE FROM public.many;")
    permit = granted["permit_id"]
    assert answer(protected, "permit", "run", permit, str(script)) == {"used": permit}
    assert as_owner(protected, "SELECT count(*) FROM public.many") == [(0,)]
    assert not secret.exists()
    again = answer(protected, "permit", "run", permit, str(script), exit_code=30)["error"]
    assert (again["code"], again["next"][-11:]) == ("permit", "permit list")


def test_what_policy_wants_a_person_for_is_granted_by_a_token_and_can_be_revoked(
    protected: Configuration, tmp_path: Path
) -> None:
    asked = answer(protected, "permit", "ask", TRUNCATE, "--reason", "start anew")
    refused = answer(protected, "permit", "grant", asked["id"], exit_code=30)["error"]
    assert refused["code"] == "confirmation_needed"
    token = tmp_path / "token"
    issue_token(protected, purpose=f"permit {asked['id']} {TRUNCATE}", destination=token)
    granted = answer(protected, "permit", "grant", asked["id"], "--token-file", str(token))
    permit = granted["permit_id"]
    assert answer(protected, "permit", "revoke", permit) == {"revoked": permit}
    assert not Path(granted["secret_file"]).exists()
    script = tmp_path / "empty.sql"
    script.write_text("TRUNCATE public.parent")
    assert answer(protected, "permit", "run", permit, str(script), exit_code=30)["error"]["next"]


def test_a_permit_that_cannot_be_is_refused(protected: Configuration) -> None:
    unknown = answer(protected, "permit", "grant", "00000000", exit_code=30)["error"]
    assert unknown["code"] == "permit"
    wrong = answer(protected, "permit", "ask", "forget it all", "--reason", "x", exit_code=30)
    assert wrong["error"]["code"] == "permit"
    assert run(protected, "permit", "ask", TRUNCATE).exit_code == 2  # no reason given


def test_leaks_tells_that_there_are_none_and_what_it_could_not_search(
    protected: Configuration,
) -> None:
    found = answer(protected, "leaks")
    what = {"leaks", "left_out", "with_them", "rows", "not_searched"}
    assert set(found) == what | {"fingerprint", "next"}
    assert (found["leaks"], found["rows"]) == ([], {})
    assert found["next"].endswith(" check")
    assert run(protected, "leaks", "--found", "0" * 16).exit_code == 2


def test_a_state_is_shown_and_made_again_only_where_there_is_none(sample: Configuration) -> None:
    shown = answer(sample, "state", "show")
    assert not shown["stale"]
    refused = answer(sample, "state", "rebuild", exit_code=1)["error"]
    assert refused["code"] == "state"
    shutil.rmtree(sample.directory / "store" / "state")
    (sample.state_cache / "state.json").unlink()
    lost = answer(sample, "check", exit_code=1)["error"]
    assert (lost["code"], lost["next"].endswith("state rebuild")) == ("state", True)
    rebuilt = answer(sample, "state", "rebuild")
    assert rebuilt["database_id"] == shown["database_id"]
    assert rebuilt["next"].endswith(" check")
    assert answer(sample, "check")["verdict"] == "match"


def test_a_freeze_tells_where_the_copy_is_and_a_thaw_lets_in_again(sample: Configuration) -> None:
    not_yet = answer(sample, "freeze", "--thaw", exit_code=1)["error"]
    assert (not_yet["code"], not_yet["message"]) == ("frozen", "The database is not frozen.")
    frozen = answer(sample, "freeze")
    assert set(frozen) == {"frozen", "since", "data_directory", "copy", "size_bytes"}
    assert frozen["frozen"]
    assert (Path(frozen["copy"]) / "PG_VERSION").is_file()
    again = answer(sample, "freeze", exit_code=1)["error"]
    assert again["code"] == "frozen"
    assert again["next"].endswith("freeze --thaw")
    assert answer(sample, "check", exit_code=17)["verdict"] == "unreachable"
    assert answer(sample, "freeze", "--thaw") == {"frozen": False, "copy": frozen["copy"]}
    assert answer(sample, "check")["verdict"] == "match"
