"""A CronJob for Kubernetes."""

from __future__ import annotations

import json
from pathlib import Path

from strongroom.schedule.emit.deployment import Deployment
from strongroom.schedule.emit.firing import zoned_cron_fields


def cron_job(deployment: Deployment) -> str:
    """A manifest with one CronJob; its volumes and secrets are named in it, not made."""
    fields, zone = zoned_cron_fields(deployment.settings)
    command = ["strongroom", *deployment.arguments, "watch", "--once"]
    mounts = [
        {"name": _volume_name(number), "mountPath": str(path)}
        for number, path in enumerate(deployment.directories)
    ]
    volumes = [
        _volume(deployment, number, path) for number, path in enumerate(deployment.directories)
    ]
    secrets = f"""\
              envFrom:  # {", ".join(deployment.variables)}
                - secretRef:
                    name: {deployment.name}
"""
    return f"""\
# {deployment.title}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {deployment.name}
spec:
  schedule: {_text(fields)}
  timeZone: {_text(zone)}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 5
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 3600  # a backup or a drill that has begun is finished
          automountServiceAccountToken: false
          containers:
            - name: strongroom
              image: {_text(deployment.image)}  # with strongroom in it
              command: {json.dumps(command, ensure_ascii=False)}
{secrets if deployment.variables else ""}\
              securityContext:
                allowPrivilegeEscalation: false
                seccompProfile:
                  type: RuntimeDefault
              volumeMounts:
{_items(mounts, 16)}
          volumes:  # under the same paths, which the configuration names
{_items(volumes, 12)}
"""


def _volume(deployment: Deployment, number: int, path: Path) -> dict[str, object]:
    claim = f"{deployment.name}-{number}" if number else deployment.name
    del path
    return {"name": _volume_name(number), "persistentVolumeClaim": {"claimName": claim}}


def _volume_name(number: int) -> str:
    return f"home-{number}" if number else "home"


def _items(items: list[dict[str, object]] | list[dict[str, str]], indent: int) -> str:
    return "\n".join(f"{' ' * indent}- {json.dumps(one, ensure_ascii=False)}" for one in items)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
