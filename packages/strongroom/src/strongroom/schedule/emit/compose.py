"""A service for compose: the watcher itself, which keeps the schedule."""

from __future__ import annotations

import json

from strongroom.schedule.emit.deployment import Deployment


def compose(deployment: Deployment) -> str:
    """A compose file with one service."""
    command = ["strongroom", *deployment.arguments, "watch"]
    volumes = "\n".join(f"      - {_volume(str(one))}" for one in deployment.directories)
    lines = "".join(f"\n      - {name}" for name in deployment.variables)
    environment = f"    environment:  # from the shell, or a file .env beside this one{lines}\n"
    return f"""\
# {deployment.title}
services:
  {deployment.name}:
    image: {_text(deployment.image)}  # with strongroom in it
    command: {json.dumps([_escaped(one) for one in command], ensure_ascii=False)}
    init: true
    restart: unless-stopped
    stop_grace_period: 1h  # a backup or a drill that has begun is finished
    security_opt:
      - no-new-privileges:true
{environment if deployment.variables else ""}\
    volumes:  # under the same paths, which the configuration names
{volumes}
"""


def _volume(path: str) -> str:
    """The long form: it makes no directory where one is missing, and any path can be said."""
    bind = {"type": "bind", "source": _escaped(path), "target": _escaped(path)}
    return json.dumps({**bind, "bind": {"create_host_path": False}}, ensure_ascii=False)


def _escaped(text: str) -> str:
    return text.replace("$", "$$")


def _text(text: str) -> str:
    return json.dumps(_escaped(text), ensure_ascii=False)
