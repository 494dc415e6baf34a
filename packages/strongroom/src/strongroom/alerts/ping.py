"""The dead-man ping: an address that is requested while all is well, and missed otherwise."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from strongroom.alerts.addresses import Address, addresses_of
from strongroom.alerts.settings import AlertSettings
from strongroom.config import Configuration
from strongroom.errors import AlertError

Stage = Literal["start", "fail"]

_ANSWERS_OK = range(200, 300)
_CONNECTIONS: Mapping[str, type[http.client.HTTPConnection]] = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}


@dataclass(frozen=True)
class Ping:
    """One address to request by GET. Redirects are not followed: they would tell it to others."""

    address: Address
    stages: bool
    timeout_s: float

    def request(self, stage: Stage | None = None) -> None:
        """Say that all is well; with a stage, that a run has begun or was not good.

        A stage is only told where the configuration wants stages.

        Raises:
            AlertError: nobody answered as it should be; the words hold no secret.
        """
        if stage is not None and not self.stages:
            return
        try:
            status = self._status(f"/{stage}" if stage else "")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._error(type(error).__name__) from error
        if status not in _ANSWERS_OK:
            raise self._error(f"the answer was {status}")

    def _status(self, suffix: str) -> int:
        parts = urlsplit(self.address.secret)
        kind = _CONNECTIONS.get(parts.scheme)
        if kind is None or parts.hostname is None:
            raise ValueError("no web address")
        connection = kind(parts.hostname, parts.port, timeout=self.timeout_s)
        try:
            path = parts.path.rstrip("/") + suffix or "/"
            connection.request("GET", f"{path}?{parts.query}" if parts.query else path)
            return connection.getresponse().status
        finally:
            connection.close()

    def _error(self, why: str) -> AlertError:
        return AlertError(
            f"The ping was not answered: {why}.",
            next_step="correct alerts.ping, or bring its service back",
        )


def ping_of(configuration: Configuration, settings: AlertSettings) -> Ping | None:
    """The ping of a configuration, or None where it has none.

    Raises:
        AlertError: its address cannot be found where the configuration says that it is.
    """
    if settings.ping is None:
        return None
    addresses = addresses_of(configuration, [settings.ping])
    if len(addresses) != 1:
        raise AlertError(
            f"The ping needs one address, and {len(addresses)} were found.",
            next_step=f"correct alerts.ping in {configuration.path}",
        )
    return Ping(addresses[0], settings.ping_stages, settings.timeout_s)
