"""Who would be told, and whether that works."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from strongroom.alerts import addresses_of, settings_of
from strongroom.config import Configuration
from strongroom.errors import StrongroomError
from strongroom.report.facts import Facts


@dataclass(frozen=True)
class ChannelStanding:
    """One channel by the name that may be shown, and since when it fails."""

    name: str
    failing_since: datetime | None = None
    problem: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The channel as documented for ``--json``."""
        return asdict(self)


def channels_of(configuration: Configuration, facts: Facts) -> list[ChannelStanding]:
    """Every channel, with what was wrong the last time that it was told something.

    Where their addresses cannot be found, one entry says so.
    """
    try:
        addresses = addresses_of(configuration, settings_of(configuration).urls)
    except StrongroomError as error:
        return [ChannelStanding("alerts", facts.at, error.message)]
    failing = facts.memory.failing
    return [
        ChannelStanding(one.name, failing[one.name].since, failing[one.name].message)
        if one.name in failing
        else ChannelStanding(one.name)
        for one in addresses
    ]
