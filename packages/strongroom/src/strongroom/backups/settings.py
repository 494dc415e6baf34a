"""How backups are taken: the table ``[backup]`` of a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from strongroom.config import Configuration, unusable

Method = Literal["logical", "physical"]


@dataclass(frozen=True)
class BackupSettings:
    """What ``[backup]`` says."""

    method: Method = "logical"


def backup_settings(configuration: Configuration) -> BackupSettings:
    """Read the table.

    Raises:
        ConfigurationError: it says something that is not known.
    """
    written = configuration.backup
    if unknown := written.keys() - {"method"}:
        raise unusable(configuration.path, f"backup.{min(unknown)} is not known")
    method = written.get("method", "logical")
    if method not in get_args(Method):
        raise unusable(configuration.path, f"backup.method is {method!r}: use logical or physical")
    return BackupSettings(method)
