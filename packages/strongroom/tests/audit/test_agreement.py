"""The resolver agrees with docker-compose about every file that docker-compose accepts."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from audit_cases import Case, cases

from strongroom.audit.compose import Project, Question, Service, resolve

DOCKER_COMPOSE = Path("/usr/bin/docker-compose")
ORACLE = Path(__file__).with_name("docker_compose_oracle.py")
CASES = cases("resolver.txt")


def question(case: Case, home: Path) -> Question:
    options = shlex.split(case.expected)
    pairs = list(zip(options[::2], options[1::2], strict=True))
    environment = {"HOME": "/root", "PATH": "/usr/bin:/bin"}
    environment |= dict(one.split("=", 1) for flag, one in pairs if flag == "--env")
    return Question(
        files=tuple(Path(one) for flag, one in pairs if flag == "-f"),
        here=home,
        project_name=next((one.lower() for flag, one in pairs if flag == "-p"), None),
        environment=environment,
    )


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not DOCKER_COMPOSE.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("docker-compose is missing, and .ci/run installs it")
        pytest.skip("docker-compose is not installed: the resolver is not compared with it")
    directory = tmp_path_factory.mktemp("agreement")
    asked = []
    for case in CASES:
        home = case.write(directory)
        told = question(case, home)
        asked.append(
            {
                "directory": str(home),
                "files": [str(one) for one in told.files],
                "name": told.project_name,
                "environment": told.environment,
            }
        )
    done = subprocess.run(
        ["/usr/bin/python3", str(ORACLE)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return {"": directory} | {case.name: one for case, one in zip(CASES, found, strict=True)}


def volumes(service: dict[str, Any]) -> set[tuple[str | None, str, bool]]:
    found: set[tuple[str | None, str, bool]] = set()
    for one in service.get("volumes", []):
        if isinstance(one, dict):
            found.add((one.get("source"), one["target"], bool(one.get("read_only"))))
            continue
        parts = one.split(":")
        source, target = (parts[0], parts[1]) if parts[1:2] and parts[1][0] == "/" else (None, one)
        modes = parts[2].split(",") if len(parts) > 2 else []
        found.add((source, target.removesuffix(":rw"), "ro" in modes))
    tmpfs = service.get("tmpfs", [])
    for one in [tmpfs] if isinstance(tmpfs, str) else tmpfs:
        found.add((None, one.partition(":")[0], False))
    return found


def ours(service: Service) -> dict[str, Any]:
    return {
        "image": service.image,
        "volumes": {(one.source, one.target, one.read_only) for one in service.mounts},
        "environment": {name: one.value for name, one in service.environment.items()},
    }


def theirs(service: dict[str, Any]) -> dict[str, Any]:
    return {
        "image": service.get("image", ""),
        "volumes": volumes(service),
        "environment": {
            name: None if value is None else str(value).replace("$$", "$")
            for name, value in service.get("environment", {}).items()
        },
    }


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_project_is_resolved_as_docker_compose_does(
    case: Case, answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = answers[case.name]
    assert "error" not in answer, answer
    monkeypatch.setenv("HOME", "/root")
    project: Project = resolve(question(case, answers[""] / case.name))
    assert project.name == answer["name"]
    assert {one.key: one.name for one in project.volumes.values()} == answer["volumes"]
    assert set(project.services) == set(answer["services"])
    for name, service in project.services.items():
        assert ours(service) == theirs(answer["services"][name]), name
