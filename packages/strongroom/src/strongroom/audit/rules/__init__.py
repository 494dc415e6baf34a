"""The rules, one file per family; importing them enters each into the table."""

from strongroom.audit.rules import (
    backups,
    code,
    commands,
    images,
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
    "images",
    "mounts",
    "reading",
    "roles",
    "secrets",
    "server",
    "sharing",
    "testing",
    "volumes",
]
