"""Run by the system's Python: resolves directories by docker-compose 1.29's own code.

Reads a list of ``{directory, files, name, environment}`` from standard input; answers each with
its project, services and volumes, or with the error.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from compose.cli.command import get_project_name
from compose.config import config
from compose.config.environment import Environment
from compose.config.errors import ConfigurationError
from compose.config.serialize import serialize_config
from compose.volume import ProjectVolumes


def resolved(question: dict[str, Any]) -> dict[str, Any]:
    """The project as docker-compose sees it."""
    directory = question["directory"]
    os.chdir(directory)
    os.environ.clear()
    os.environ.update({"PATH": "/usr/bin:/bin", "HOME": "/root", **question["environment"]})
    environment = Environment.from_env_file(directory)
    files = [str(Path(one).absolute()) for one in question["files"]] or None
    if files is None and environment.get("COMPOSE_FILE"):
        files = environment["COMPOSE_FILE"].split(":")
    base = str(Path(files[0]).parent) if question["files"] else directory
    loaded = config.load(config.find(base, files, environment))
    name = get_project_name(base, question["name"], environment)
    volumes = ProjectVolumes.from_config(name, loaded, None).volumes
    plain = yaml.safe_load(serialize_config(loaded))  # what ``docker-compose config`` prints
    return {
        "name": name,
        "services": plain["services"],
        "volumes": {key: one.full_name for key, one in volumes.items()},
    }


answers = []
for question in json.load(sys.stdin):
    try:
        answers.append(resolved(question))
    except ConfigurationError as error:
        answers.append({"error": str(error)})
json.dump(answers, sys.stdout)
