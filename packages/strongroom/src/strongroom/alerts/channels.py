"""Channels: how one message gets to one place. Anything that apprise reaches is one."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from strongroom.alerts.addresses import Address
from strongroom.alerts.notice import Message
from strongroom.errors import AlertError

if TYPE_CHECKING:
    from apprise import NotifyBase

_TELL_ADDRESSES = ("apprise", "requests", "urllib3", "urllib3.connectionpool")
"""Loggers that write addresses, or parts of them."""

NEXT_STEP = "correct the address in [alerts], then strongroom watch --once"


class Channel(Protocol):
    """Where messages go; held to ``strongroom.testing.alerts``."""

    @property
    def name(self) -> str:
        """What may be shown of it."""

    def send(self, message: Message) -> None:
        """Deliver one message.

        Raises:
            AlertError: it was not delivered, as far as can be known; the words hold no secret.
        """


class AppriseChannel:
    """One address that apprise understands."""

    def __init__(self, address: Address) -> None:
        self.name = address.name
        self._address = address

    def __repr__(self) -> str:
        """Show the name alone."""
        return f"AppriseChannel({self.name})"

    def send(self, message: Message) -> None:
        """Deliver by one notification; apprise's own time limits hold (4 s each by default)."""
        delivered, why = False, "the service did not take the message"
        with _silent():
            try:
                delivered = bool(
                    self._service().notify(
                        title=message.title, body=message.body, notify_type=_type_of(message)
                    )
                )
            except AlertError:
                raise
            except Exception as error:  # noqa: BLE001  more than a hundred services raise what they like
                why = type(error).__name__  # its words could repeat the address
        if not delivered:
            raise AlertError(f"The channel {self.name} failed: {why}.", next_step=NEXT_STEP)

    def _service(self) -> NotifyBase:
        try:
            from apprise import Apprise  # noqa: PLC0415  half a second, and an extra
        except ImportError as error:
            raise AlertError(
                f"The channel {self.name} needs apprise, which is not installed.",
                next_step="pip install 'strongroom[alerts]'",
            ) from error
        service = Apprise.instantiate(self._address.secret, suppress_exceptions=True)
        if service is None:
            raise AlertError(
                f"The channel {self.name} has an address that apprise does not understand.",
                next_step=NEXT_STEP,
            )
        return service


def open_channels(addresses: Iterable[Address]) -> list[AppriseChannel]:
    """One channel for each address; nothing is sent or asked yet."""
    return [AppriseChannel(address) for address in addresses]


def _type_of(message: Message) -> str:
    if message.event == "ended":
        return "success"
    return "failure" if message.notice.severity == "critical" else "warning"


@contextmanager
def _silent() -> Iterator[None]:
    """Keep those quiet who would write an address into somebody's log."""
    loggers = [logging.getLogger(name) for name in _TELL_ADDRESSES]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of modules that only its other services need
            yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled
