"""``strongroom audit``: what it answers, when it fails, what it mends."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from audit_cases import cases
from audit_world import INCIDENT, World
from click.testing import CliRunner, Result

from strongroom.audit import RULES
from strongroom.cli import strongroom

INCIDENT_CASE = next(one for one in cases("volumes.txt") if one.name == "founding-incident")
COMPOSE = """\
# The shop, as it runs on the small machine.
name: shop
services:
  db:
    image: postgres:17.6        # not 18 yet
    environment: {POSTGRES_PASSWORD: "${DB_PASSWORD:-postgres}"}
    command: postgres -c fsync=off
    ports:
      - "5432:5432"   # for psql
    volumes: [data:/var/lib/postgresql/data]
volumes:
  data: {external: true, name: shop_production}
"""


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///none/such.sock")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(strongroom, ["audit", *map(str, words)])


def answered(*words: str | Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(*words, "--json").stdout)
    return answer


def test_the_incident_s_own_file_is_a_danger_with_its_line_and_its_reason(tmp_path: Path) -> None:
    home = INCIDENT_CASE.write(tmp_path)
    answer = answered(home)
    assert answer["candidates"] == []
    (found,) = [one for one in answer["findings"] if one["rule"] == "volume-name-implicit"]
    assert found["severity"] == "danger"
    assert found["file"] == str(home / "docker-compose.yml")
    assert found["line"] == 18
    assert "founding-incident_postgres_data" in found["what"]
    assert found["docs"] == "docs/reference/audit/volumes.md#volume-name-implicit"
    assert set(found) == {
        "rule", "severity", "file", "line", "what", "why", "fix", "docs", "fixable",
    }  # fmt: skip
    (project,) = answer["projects"]
    assert project["volumes"] == {"postgres_data": "founding-incident_postgres_data"}


def test_the_exit_status_is_that_of_the_worst_finding(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE.replace("-c fsync=off", "-c fsync=on"))
    assert run(tmp_path).exit_code == 0
    assert run(tmp_path, "--fail-on", "caution").exit_code == 25
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    assert run(tmp_path).exit_code == 25
    assert run(tmp_path, "--fail-on", "never").exit_code == 0
    assert run(tmp_path / "none-such").exit_code == 1


def test_text_says_where_why_and_what_next(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    text = run(tmp_path).stdout
    words = " ".join(text.split())
    assert "✗ 7 fsync-off db has fsync = off" in words
    assert RULES["fsync-off"].why in words
    assert "1 danger, 2 caution, 4 note in 1 file and 1 compose project." in words
    assert "next: read docs/reference/audit/server.md#fsync-off" in words


def test_files_and_a_name_are_taken_as_compose_takes_them(tmp_path: Path) -> None:
    for name, text in INCIDENT_CASE.files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "other.env").write_text("COMPOSE_PROJECT_NAME=from-file\n")
    file = tmp_path / "docker-compose.yml"
    (project,) = answered("-f", file, "-p", "mine", tmp_path)["projects"]
    assert (project["name"], project["name_source"]) == ("mine", "option")
    (project,) = answered("-f", file, "--env-file", tmp_path / "other.env", tmp_path)["projects"]
    assert project["name"] == "from-file"


def test_sarif_has_what_its_schema_requires(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/compose.yaml").write_text(COMPOSE)
    monkeypatch.chdir(tmp_path)
    document = json.loads(run("--sarif").stdout)
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-2.1.0.json")
    (one,) = document["runs"]
    driver = one["tool"]["driver"]
    assert driver["name"] == "strongroom"
    names = [rule["id"] for rule in driver["rules"]]
    assert len(one["results"]) == 7
    for result in one["results"]:
        assert result["message"]["text"]
        assert result["level"] in {"error", "warning", "note"}
        assert names[result["ruleIndex"]] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "deploy/compose.yaml"
        assert place["region"]["startLine"] >= 1


def test_a_baseline_is_written_over_nothing_but_a_baseline(tmp_path: Path) -> None:
    file, baseline = tmp_path / "compose.yaml", tmp_path / "audit-baseline.json"
    file.write_text(COMPOSE)
    assert run(tmp_path, "--write-baseline", file).exit_code == 1
    assert file.read_text() == COMPOSE
    for _ in range(2):
        assert run(tmp_path, "--write-baseline", baseline).exit_code == 25


def test_a_baseline_hides_what_is_known_where_lines_move_and_nothing_else(tmp_path: Path) -> None:
    file, baseline = tmp_path / "compose.yaml", tmp_path / "audit-baseline.json"
    file.write_text(COMPOSE)
    assert run(tmp_path, "--write-baseline", baseline).exit_code == 25
    file.write_text("# one more line\n" + COMPOSE)
    assert run(tmp_path, "--baseline", baseline).exit_code == 0
    assert answered(tmp_path, "--baseline", baseline)["known"] == 7
    file.write_text(COMPOSE.replace("fsync=off", "fsync=off -c full_page_writes=off"))
    (new,) = answered(tmp_path, "--baseline", baseline)["findings"]
    assert new["rule"] == "full-page-writes-off"
    baseline.write_text("{}")
    refused = run(tmp_path, "--baseline", baseline)
    assert refused.exit_code == 1
    assert "no baseline" in refused.stderr


def test_a_mend_is_shown_first_and_keeps_comments_and_layout(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(COMPOSE)
    file.chmod(0o640)
    refused = run(tmp_path, "--fix")
    assert refused.exit_code == 30
    assert "+    command: postgres -c fsync=on" in refused.stderr
    assert file.read_text() == COMPOSE
    assert run(tmp_path, "--fix", "--yes").exit_code == 0
    assert file.read_text() == COMPOSE.replace("fsync=off", "fsync=on").replace(
        '"5432:5432"   #', '"127.0.0.1:5432:5432"   #'
    ).replace("${DB_PASSWORD:-postgres}", "${DB_PASSWORD:?}")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [one["severity"] for one in answered(tmp_path)["findings"]] == ["note"] * 4


def test_scripts_are_mended_in_place(tmp_path: Path) -> None:
    file = tmp_path / "Makefile"
    text = "clean:\n\t@docker compose down -v --remove-orphans  # all\n\tdocker volume prune -f\n"
    file.write_text(text)
    assert run(tmp_path, "--fix", "--yes").exit_code == 25
    assert file.read_text() == text.replace(" -v", "")


def test_a_file_that_would_no_longer_be_whole_stays_as_it_is(tmp_path: Path) -> None:
    text = "clean.sh is\n"
    file = tmp_path / "clean.sh"
    file.write_text("#!/bin/sh\ndocker compose down -v; docker compose down -v\n" + text)
    before = file.read_text()
    run(tmp_path, "--fix", "--yes")
    assert file.read_text() == before  # the same words twice in a line: nobody knows which


def test_secrets_in_git_are_found_by_asking_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=kX8nP2vQ9wL4mR7t\n")
    (tmp_path / "web.env").write_text("DATABASE_URL=postgres://a:b@db/x\n")
    (tmp_path / ".env.example").write_text("POSTGRES_PASSWORD=postgres\n")
    (tmp_path / ".gitignore").write_text("local.env\n")
    (tmp_path / "local.env").write_text("POSTGRES_PASSWORD=kX8nP2vQ9wL4mR7t\n")
    subprocess.run(["git", "-C", tmp_path, "add", "-f", ".env", ".env.example"], check=True)
    answer = answered(tmp_path)
    found = {(one["rule"], Path(one["file"]).name) for one in answer["findings"]}
    assert found == {("env-committed", ".env"), ("env-not-ignored", "web.env")}
    assert "kX8nP2vQ9wL4mR7t" not in json.dumps(answer)


def test_a_pin_is_asked_for_and_shown_to_the_containers(tmp_path: Path) -> None:
    text = COMPOSE.split("volumes:\n  data", maxsplit=1)[0]
    (tmp_path / "compose.yaml").write_text(
        text + "volumes:\n  data: {external: true, name: shop_production}\n"
    )
    rules = {one["rule"] for one in answered(tmp_path)["findings"]}
    assert "external-without-pin" in rules
    (tmp_path / "strongroom.lock").write_text("{}")
    rules = {one["rule"] for one in answered(tmp_path)["findings"]}
    assert "external-without-pin" not in rules
    assert "pin-not-mounted" in rules


def test_odd_files_are_passed_over_and_nothing_crashes(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.sh").symlink_to(tmp_path / "nowhere")
    (tmp_path / "Makefile").write_bytes(b"\xff\xfe\x00bad")
    (tmp_path / "huge.sh").write_text("echo x\n" * 200_000)
    (tmp_path / "package.json").write_text("[" * 5000)
    (tmp_path / "bad.py").write_text("def (:\n")
    (tmp_path / "deep.py").write_text("x = " + "(" * 500 + ")" * 500)
    (tmp_path / "odd.sh").write_text("#!/bin/sh\nif [ ; do ((( 'unclosed $(\n\x01docker\n")
    (tmp_path / "one-line.sh").write_text("docker compose " * 20_000)
    (tmp_path / ".gitlab-ci.yml").write_text("&a [*a]\n")
    (tmp_path / ".env").write_text("no name here\n")
    os.mkfifo(tmp_path / "pipe.sh")
    answer = answered(tmp_path)
    assert {one["rule"] for one in answer["findings"]} == {"unreadable"}


def test_the_engine_names_the_volume_and_the_mend_writes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", world.engine.address)
    home = world.project(
        "strideiq", INCIDENT.replace("  postgres_data:\n", "  postgres_data: # x\n")
    )
    monkeypatch.chdir(home)
    options = ["--config", str(world.sample.path), "audit"]
    answer = json.loads(CliRunner().invoke(strongroom, [*options, "--json"]).stdout)
    assert [one["volume"] for one in answer["candidates"]] == ["runningapp_postgres_data"]
    assert [one["standing"] for one in answer["volumes"]] == ["absent"]
    (found,) = [one for one in answer["findings"] if one["rule"] == "engine-volume-absent"]
    assert found["severity"] == "danger"
    assert found["fixable"]
    assert world.compose("up").exit_code == 11
    CliRunner().invoke(strongroom, [*options, "--fix", "--yes"])
    text = (home / "docker-compose.yml").read_text()
    assert text.endswith(
        "volumes:\n  postgres_data:  # x\n    external: true\n    name: runningapp_postgres_data\n"
    )
    assert world.compose("up").exit_code == 0
    answer = json.loads(CliRunner().invoke(strongroom, [*options, "--json"]).stdout)
    assert [one["standing"] for one in answer["volumes"]] == ["pinned"]
    assert not [one for one in answer["findings"] if one["rule"].startswith("engine-")]


def test_without_an_engine_no_volume_s_name_is_mended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", world.engine.address)
    monkeypatch.chdir(world.project("strideiq"))
    before = Path("docker-compose.yml").read_text()
    for options in (["--no-engine"], []):  # the second knows no pin
        words = ["audit", "--fix", "--yes", *options]
        CliRunner().invoke(strongroom, words)
        assert Path("docker-compose.yml").read_text() == before


def test_what_is_right_today_is_written_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", world.engine.address)
    monkeypatch.chdir(world.project("runningapp"))
    options = ["--config", str(world.sample.path), "audit"]
    CliRunner().invoke(strongroom, [*options, "--fix", "--yes"])
    assert "    name: runningapp_postgres_data\n" in Path("docker-compose.yml").read_text()
    monkeypatch.chdir(world.project("renamed", Path("docker-compose.yml").read_text()))
    assert world.compose("up").exit_code == 0
