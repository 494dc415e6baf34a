"""Files that let another scheduler keep the schedule: systemd, cron, compose, Kubernetes."""

from strongroom.schedule.emit.deployment import Deployment, deployment_of
from strongroom.schedule.emit.emitting import KINDS, Emitted, Kind, emit, write_new

__all__ = ["KINDS", "Deployment", "Emitted", "Kind", "deployment_of", "emit", "write_new"]
