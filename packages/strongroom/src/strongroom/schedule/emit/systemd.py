"""A service and a timer for systemd."""

from __future__ import annotations

from strongroom.schedule.emit.deployment import Deployment
from strongroom.schedule.emit.firing import calendar_lines

_AS_ROOT = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL CAP_SETGID CAP_SETUID"
"""PostgreSQL does not run as root, so that root has to become another."""


def service(deployment: Deployment) -> str:
    """The unit that runs what is due."""
    command = " ".join(
        _quoted(one) for one in (deployment.program, *deployment.arguments, "watch", "--once")
    )
    environment = deployment.configuration.parent / "strongroom.env"
    needed = f" It sets {', '.join(deployment.variables)}." if deployment.variables else ""
    return f"""\
# {deployment.title}
[Unit]
Description={_literal(deployment.title)}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={deployment.user}
# Secrets of the addresses that the configuration names; mode 0600.{needed}
EnvironmentFile=-{_literal(str(environment))}
ExecStart={command}
Nice=10
# A server that an application has come to use meanwhile must outlive this unit.
KillMode=process
TimeoutStopSec=1h

UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet={_AS_ROOT if deployment.user == "root" else ""}
# Not strict: sockets of servers may lie in /run or /tmp, where applications find them.
ProtectSystem=full
ReadWritePaths={" ".join(_quoted(str(one)) for one in deployment.directories)}
ProtectHome=read-only
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
"""


def timer(deployment: Deployment) -> str:
    """The unit that starts it: on time, after a time switched off, and to look in between."""
    events = "\n".join(f"OnCalendar={line}" for line in calendar_lines(deployment.settings))
    return f"""\
# {deployment.title}
[Unit]
Description={_literal(deployment.title)}

[Timer]
{events}
OnUnitInactiveSec={deployment.settings.look_s:.0f}s
RandomizedDelaySec={deployment.settings.jitter_s:.0f}s
Persistent=true

[Install]
WantedBy=timers.target
"""


def _literal(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """One word of a unit file; ``$`` would be a variable there, and ``%`` a specifier."""
    plain = _literal(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{plain}"' if set(text) & set(" \t\"'\\;") else plain
