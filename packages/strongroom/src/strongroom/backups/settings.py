"""How backups are taken: the table ``[backup]`` of a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from strongroom.config import Configuration, unusable

Method = Literal["auto", "logical", "physical"]
Chosen = Literal["logical", "physical"]
CHAIN_MAX = 32


@dataclass(frozen=True)
class BackupSettings:
    """What ``[backup]`` says."""

    method: Method = "auto"
    chain_max: int = 7
    """How many physical backups build on one another, the full one included."""


def backup_settings(configuration: Configuration) -> BackupSettings:
    """Read the table.

    Raises:
        ConfigurationError: it says something that is not known.
    """
    written = configuration.backup
    if unknown := written.keys() - {"method", "chain_max"}:
        raise unusable(configuration.path, f"backup.{min(unknown)} is not known")
    method = written.get("method", BackupSettings.method)
    if method not in get_args(Method):
        raise unusable(
            configuration.path, f"backup.method is {method!r}: use auto, logical or physical"
        )
    chain_max = written.get("chain_max", BackupSettings.chain_max)
    if type(chain_max) is not int or not 1 <= chain_max <= CHAIN_MAX:
        raise unusable(
            configuration.path,
            f"backup.chain_max is {chain_max!r}: use a whole number from 1 to {CHAIN_MAX}",
        )
    return BackupSettings(method, chain_max)
