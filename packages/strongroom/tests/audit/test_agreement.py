"""The resolver agrees with docker-compose about every file that docker-compose accepts."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from audit_cases import FILES, Case, cases
from made_projects import made_case

from strongroom.audit.compose import Question, Service, resolve
from strongroom.errors import ComposeError
from strongroom.testing.missing import missing

DOCKER_COMPOSE = Path("/usr/bin/docker-compose")
ORACLE = Path(__file__).with_name("docker_compose_oracle.py")
CASES = {one.name: one for one in cases("resolver.txt")}
MADE = 3000 if os.environ.get("STRONGROOM_SOAK") else 50
_NEEDED = re.compile(r"\$\{(\w+):\?")

pytestmark = pytest.mark.timeout(1800 if os.environ.get("STRONGROOM_SOAK") else 300)
Answers = dict[str, tuple[Path, Case, dict[str, Any]]]


def of_the_rules() -> dict[str, Case]:
    """The compose files that the rules are tried with, without ``name:``, which 1.29 refuses."""
    found = {}
    for path in FILES.glob("*.txt"):
        for case in cases(path.name) if path.name != "resolver.txt" else ():
            names = {one for one in case.files if re.fullmatch(r"(docker-)?compose\.ya?ml", one)}
            if names:
                files = {
                    name: re.sub(r"(?m)^name: .*\n", "", text) for name, text in case.files.items()
                }
                needed = set(_NEEDED.findall(" ".join(files.values())))
                options = " ".join(f"--env {name}=value{name}" for name in sorted(needed))
                found[f"rules-{path.stem}-{case.name}"] = Case(case.name, options, files)
    return found


ALL = {**CASES, **of_the_rules(), **{f"made-{seed}": made_case(seed) for seed in range(MADE)}}


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
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What docker-compose makes of every case, in one process of the system's Python."""
    if not DOCKER_COMPOSE.exists():
        missing("docker-compose")
    directory = tmp_path_factory.mktemp("agreement")
    homes = {name: case.write(directory / f"{n}") for n, (name, case) in enumerate(ALL.items())}
    asked = []
    for name, case in ALL.items():
        told = question(case, homes[name])
        asked.append(
            {
                "directory": str(homes[name]),
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
    return {
        name: (homes[name], case, answer)
        for (name, case), answer in zip(ALL.items(), found, strict=True)
    }


def volumes(service: dict[str, Any]) -> set[tuple[str | None, str, bool]]:
    found: set[tuple[str | None, str, bool]] = set()
    for one in service.get("volumes", []):
        if isinstance(one, dict):
            target = one["target"].rstrip("/")
            found.add((one.get("source"), target, bool(one.get("read_only"))))
            continue
        parts = one.split(":")
        source, target = (parts[0], parts[1]) if parts[1:2] and parts[1][0] == "/" else (None, one)
        modes = parts[2].split(",") if len(parts) > 2 else []
        found.add((source, target.removesuffix(":rw").rstrip("/"), "ro" in modes))
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


def compare(home: Path, case: Case, answer: dict[str, Any]) -> None:
    project = resolve(question(case, home))
    assert project.name == answer["name"]
    declared = {one.key: one.name for one in project.volumes.values()}
    assert declared == answer["volumes"]
    assert set(project.services) == set(answer["services"])
    for name, service in project.services.items():
        assert ours(service) == theirs(answer["services"][name]), name


@pytest.mark.parametrize("name", CASES)
def test_a_project_is_resolved_as_docker_compose_does(
    name: str, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/root")
    home, case, answer = answers[name]
    assert "error" not in answer, answer
    compare(home, case, answer)


def test_so_is_every_other_that_it_accepts(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/root")
    accepted = refused = 0
    for name in set(ALL) - set(CASES):
        home, case, answer = answers[name]
        if "error" in answer:
            refused += 1
            continue
        accepted += 1
        try:
            compare(home, case, answer)
        except (AssertionError, ComposeError) as error:
            error.add_note(f"case {name}: {case.files}")
            raise
    assert accepted >= 90
    assert refused <= accepted // 5
