"""A line for a crontab."""

from __future__ import annotations

import shlex

from strongroom.schedule.emit.deployment import Deployment
from strongroom.schedule.emit.firing import cron_fields


def crontab(deployment: Deployment) -> str:
    """Lines for the crontab of the user who runs it, by ``crontab -e``."""
    words = (deployment.program, *deployment.arguments, "watch", "--once")
    command = " ".join(shlex.quote(one) for one in words).replace("%", r"\%")
    needed = f"# Set here, above the line: {', '.join(deployment.variables)}\n"
    return f"""\
# {deployment.title}
# Cron knows no zone but its machine's and catches nothing up. So it calls often, and what is
# due is decided by strongroom, by [schedule] of the configuration.
{needed if deployment.variables else ""}\
{cron_fields(deployment.settings)} {command} 2>&1 | logger -t {deployment.name}
"""
