"""Tell people what needs them, once: channels, what was told, the dead-man ping, the exposition.

This room knows nothing of backups. What holds is decided above it and handed in as notices.
"""

from strongroom.alerts.addresses import Address, addresses_of
from strongroom.alerts.channels import Channel, open_channels
from strongroom.alerts.exposition import Metric, exposition, served, write_exposition
from strongroom.alerts.memory import Memory, memory_path
from strongroom.alerts.notice import Event, Message, Notice, Severity, fingerprint_of
from strongroom.alerts.ping import Ping, ping_of
from strongroom.alerts.settings import AlertSettings, settings_of
from strongroom.alerts.telling import Told, tell

__all__ = [
    "Address",
    "AlertSettings",
    "Channel",
    "Event",
    "Memory",
    "Message",
    "Metric",
    "Notice",
    "Ping",
    "Severity",
    "Told",
    "addresses_of",
    "exposition",
    "fingerprint_of",
    "memory_path",
    "open_channels",
    "ping_of",
    "served",
    "settings_of",
    "tell",
    "write_exposition",
]
