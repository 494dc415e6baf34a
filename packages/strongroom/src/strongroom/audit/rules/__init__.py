"""The rules, one file per family; importing them enters each into the table."""

from strongroom.audit.rules import (
    backups,
    code,
    commands,
    engine,
    images,
    javascript,
    mounts,
    reading,
    roles,
    secrets,
    server,
    sharing,
    testing,
    volumes,
)

__all__ = [
    "backups",
    "code",
    "commands",
    "engine",
    "images",
    "javascript",
    "mounts",
    "reading",
    "roles",
    "secrets",
    "server",
    "sharing",
    "testing",
    "volumes",
]
