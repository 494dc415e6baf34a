"""Our own deployment, started for real on the engine: killed, renamed, emptied and restored."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from engine import Engine
from image import BASE, IMAGE_18
from programs import Answer
from stack import Stack, free_port

from strongroom.identity import Verdict

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
VOLUMES = ("strideiq_postgres", "strideiq_backups", "strideiq_socket")
OPERATOR = "docker-compose run --rm operator"
STRIDEIQ = 10001
SERVING_MAX_S = 180
long = pytest.mark.skipif(
    not os.environ.get("STRONGROOM_SOAK"), reason="STRONGROOM_SOAK=1 starts the whole deployment"
)


def for_old_compose(text: str) -> str:
    """The same file without two words that only newer Compose knows."""
    document: dict[str, Any] = yaml.safe_load(text)
    del document["name"]
    for service in document["services"].values():
        for volume in service["volumes"]:
            if isinstance(volume, dict):
                volume.pop("bind", None)
    return yaml.safe_dump(document)


@pytest.fixture
def deployment(engine: Engine, tmp_path: Path) -> Stack:
    """What the how-to says is put on a machine, with the image and secrets of its own."""
    if not engine.docker("images", "--quiet", "strideiq:1"):
        subprocess.run(["make", "image-files"], cwd=ROOT, check=True, capture_output=True)
        engine.docker(*("build", "--tag", "strideiq:1"), "--build-arg", f"BASE={BASE}", str(DEPLOY))
    directory = tmp_path / "strideiq"
    directory.mkdir()
    (directory / "compose.yaml").write_text(for_old_compose((DEPLOY / "compose.yaml").read_text()))
    shutil.copytree(DEPLOY / "database", directory / "database")
    shutil.copy(DEPLOY / "strongroom.example.toml", directory / "strongroom.toml")
    for name in ("state", "keys", "run", "logs", "scratch"):
        (directory / name).mkdir()
    for path in (directory, *directory.iterdir()):
        os.chown(path, STRIDEIQ, STRIDEIQ)
    stack = Stack(engine, directory)
    stack.variables |= {
        "COMPOSE_PROJECT_NAME": "strideiq",
        "POSTGRES_IMAGE": IMAGE_18,
        "STRIDEIQ_PORT": str(free_port()),
    }
    for volume in VOLUMES:
        engine.docker("volume", "create", volume)
    return stack


def give_secrets(stack: Stack) -> None:
    names = ("POSTGRES_PASSWORD", "STRIDEIQ_PASSWORD", "SECRET_KEY")
    lines = [f"{name}={secrets.token_hex(32)}" for name in names]
    path = stack.directory / ".env"
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)


def is_serving(stack: Stack) -> bool:
    try:
        address = f"http://127.0.0.1:{stack.variables['STRIDEIQ_PORT']}/paces"
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def serves(stack: Stack) -> None:
    begun = time.monotonic()
    while not is_serving(stack):
        if time.monotonic() - begun > SERVING_MAX_S:
            raise AssertionError(stack.run("docker-compose ps; docker-compose logs --tail 60").out)
        time.sleep(0.5)


def audit(stack: Stack) -> Answer:
    """Judge the file as it is published, among everything that it stands beside."""
    path = stack.directory / "compose.yaml"
    adapted = path.read_text()
    path.write_text((DEPLOY / "compose.yaml").read_text())
    answer = stack.strongroom(*("audit", "--fail-on", "note", str(stack.directory)), check=False)
    path.write_text(adapted)
    return answer


def accounts(stack: Stack) -> str:
    return stack.run(f"{OPERATOR} strideiq athlete list").out


def is_protected(stack: Stack) -> None:
    """Every guard is in its place, and nobody who logs in owns a table."""
    guarded = stack.run(f"{OPERATOR} strongroom protect --json", check=False)
    assert (guarded.code, guarded.document["after"]) == (0, []), guarded.out


@long
def test_it_survives_kills_a_new_name_and_the_loss_of_its_volume(deployment: Stack) -> None:
    stack = deployment
    refused = stack.run("docker-compose config", check=False)
    assert refused.code != 0, "without secrets there is nothing to start"
    assert "PASSWORD" in refused.err
    give_secrets(stack)
    stack.run("docker-compose up -d db")
    stack.run(f"{OPERATOR} strongroom init")
    stack.run(f"{OPERATOR} strongroom protect --move-ownership")
    stack.run("docker-compose up -d")
    serves(stack)
    stack.run(f"{OPERATOR} strideiq athlete add athlete@example.org")
    is_protected(stack)
    stack.run(f"{OPERATOR} strongroom backup")
    known = accounts(stack)
    assert "athlete@example.org" in known
    audited = audit(stack)
    assert audited.code == 0, audited.out

    stack.run("docker-compose kill -s KILL; docker-compose up -d")
    serves(stack)
    assert accounts(stack) == known

    del stack.variables["COMPOSE_PROJECT_NAME"]
    stack.run("docker-compose -p strideiq down; cd ..; mv strideiq moved; cd moved")
    stack.run("docker-compose up -d")
    serves(stack)
    assert accounts(stack) == known

    stack.run("docker-compose down; docker volume rm strideiq_postgres")
    stack.run("docker volume create strideiq_postgres; docker-compose up -d")
    judged = stack.run(f"{OPERATOR} strongroom check", check=False)
    assert judged.code == Verdict.EMPTY.exit_code
    assert not is_serving(stack)
    stack.run(f"{OPERATOR} strongroom restore --swap")
    stack.run(f"{OPERATOR} strongroom protect --move-ownership")
    stack.run("docker-compose up -d")
    serves(stack)
    assert accounts(stack) == known
    is_protected(stack)


def test_it_has_no_secret_of_its_own_and_nothing_that_belongs_to_a_project() -> None:
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert document["name"] == "strideiq"
    assert all(one["external"] and one["name"] for one in document["volumes"].values())
    for name, service in document["services"].items():
        assert service["read_only"], name
        assert service["user"] not in {"root", "0"}, name
        assert "healthcheck" in service or name == "operator", name
    for line in (DEPLOY / "env.example").read_text().splitlines():
        assert line.startswith("#") or line.endswith("="), line
