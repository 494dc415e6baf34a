"""``strongroom migrations lint``: exit status, JSON, SARIF, and a database behind the gate."""

from __future__ import annotations

import json
import os
import re
import threading
from pathlib import Path

import psycopg
import pytest
import yaml
from click.testing import CliRunner, Result

from strongroom.cli import strongroom
from strongroom.config import Configuration
from strongroom.identity import open_database

LINT = ["migrations", "lint"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(strongroom, arguments)


def test_the_exit_status_is_22_for_danger_and_0_for_caution(tmp_path: Path) -> None:
    danger, caution = tmp_path / "a.sql", tmp_path / "b.sql"
    danger.write_text("DROP TABLE users;")
    caution.write_text("ALTER TABLE users ADD COLUMN a int;")
    assert run(*LINT, str(danger)).exit_code == 22
    assert run(*LINT, str(caution)).exit_code == 0
    assert run(*LINT, "--strict", str(caution)).exit_code == 22


def test_what_cannot_be_judged_is_treated_as_danger(tmp_path: Path) -> None:
    for number, content in enumerate(
        (b"DO $$ BEGIN LOOP END LOOP; END $$", b"SELEC", b"\xff\xfe\x00", b"\\i x")
    ):
        path = tmp_path / f"{number}.sql"
        path.write_bytes(content)
        assert run(*LINT, str(path)).exit_code == 22, content


def test_json_is_one_document_with_every_field(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("SELECT 1;\nTRUNCATE users;")
    (tmp_path / "notes.txt").write_text("no migration")
    document = json.loads(run(*LINT, "--json", str(tmp_path)).stdout)
    assert document["files"] == [str(tmp_path / "a.sql")]
    assert document["counts"] == {"danger": 1, "unknown": 0, "caution": 0}
    (finding,) = document["findings"]
    assert set(finding) == {"rule", "severity", "table", "file", "line", "why", "instead"}
    assert (finding["rule"], finding["table"], finding["line"]) == ("truncate", "public.users", 2)


def test_sarif_names_rule_level_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("\nTRUNCATE users;")
    document = json.loads(run(*LINT, "--sarif", str(path)).stdout)
    (one_run,) = document["runs"]
    (result,) = one_run["results"]
    assert document["version"] == "2.1.0"
    assert (result["ruleId"], result["level"]) == ("truncate", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == str(path)
    assert place["region"]["startLine"] == 2
    assert [rule["id"] for rule in one_run["tool"]["driver"]["rules"]] == ["truncate"]


def test_sarif_names_a_file_as_its_repository_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "ü#1.sql").write_text("TRUNCATE users;")
    monkeypatch.chdir(tmp_path)
    for named in (tmp_path, Path("a folder"), Path("../") / tmp_path.name / "a folder"):
        document = json.loads(run(*LINT, "--sarif", str(named)).stdout)
        (place,) = document["runs"][0]["results"][0]["locations"]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == "a%20folder/%C3%BC%231.sql"


def test_in_directories_only_migrations_are_judged_and_nothing_else_is_executed(
    tmp_path: Path,
) -> None:
    revision = "revision = '1'\n\n\ndef upgrade():\n    pass\n"
    executed = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\n"
    files = {
        "versions/0001.py": revision,
        "UP.SQL": "SELECT 1;",
        "tool.py": f'{executed}"""A revision is applied by def upgrade."""\n',
        ".venv/lib/x.py": executed + revision,
        "env/lib/site-packages/x.py": executed + revision,
        "node_modules/x.sql": "TRUNCATE users;",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    document = json.loads(run(*LINT, "--json", str(tmp_path)).stdout)
    assert document["files"] == [str(tmp_path / name) for name in ("UP.SQL", "versions/0001.py")]
    assert not list(tmp_path.rglob("*.ran"))


def test_the_standard_input_and_pipes_are_judged(tmp_path: Path) -> None:
    given = CliRunner().invoke(strongroom, [*LINT, "-"], input="TRUNCATE users;")
    assert (given.exit_code, "truncate" in given.stdout) == (22, True)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=["TRUNCATE users;"])
    writer.start()
    assert run(*LINT, str(pipe)).exit_code == 22
    writer.join()


def test_nothing_to_judge_is_an_error_and_not_a_success(tmp_path: Path) -> None:
    assert run(*LINT, str(tmp_path)).exit_code == 1
    assert run(*LINT, str(tmp_path / "missing.sql")).exit_code == 1
    assert run(*LINT).exit_code == 2


def test_with_connect_the_tables_real_sizes_count(sample: Configuration, tmp_path: Path) -> None:
    with (
        open_database(sample) as database,
        psycopg.connect(**database.administrator(), autocommit=True) as connection,  # type: ignore[arg-type]
    ):
        connection.execute("CREATE TABLE large AS SELECT generate_series(1, 400000) AS a")
        connection.execute("CREATE TABLE small AS SELECT 1 AS a")
        connection.execute("ANALYZE large, small")
    path = tmp_path / "a.sql"
    path.write_text("CREATE INDEX a ON large (a);\nCREATE INDEX b ON small (a);\n")
    answer = run("--config", str(sample.path), *LINT, "--connect", "--json", str(path))
    tables = [one["table"] for one in json.loads(answer.stdout)["findings"]]
    assert tables == ["public.large"]


def test_the_hook_of_pre_commit_names_this_verb_and_finds_migrations() -> None:
    hooks = (Path(__file__).resolve().parents[5] / ".pre-commit-hooks.yaml").read_text()
    (said,) = (one for one in yaml.safe_load(hooks) if one["id"] == "strongroom-migrations-lint")
    assert said["entry"] == "strongroom migrations lint"
    for path in ("schema.sql", "app/versions/0001_first.py", "versions/0001.py"):
        assert re.search(said["files"], path), path
    for path in ("app/models.py", "alembic/env.py", "schema.sql.txt"):
        assert not re.search(said["files"], path), path
    assert re.search(said["exclude"], "app/versions/__init__.py")
