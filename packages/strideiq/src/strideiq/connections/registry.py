"""The services that can be connected; ``features.py`` registers each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from strideiq.connections.errors import NoSuchConnectionError
from strideiq.connections.queue import Job
from strideiq.connections.terms import Terms
from strideiq.platform.language import gettext as _
from strideiq.platform.security import KeyRing
from strideiq.platform.settings import Settings

if TYPE_CHECKING:
    from strideiq.imports.public import ParserPool

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, as every part of connections asks for it."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """What a service works with: the database, the settings, the keys, the time."""

    sessions: sessionmaker[Session]
    settings: Settings
    keys: KeyRing
    clock: Clock = utc_now
    pool: ParserPool | None = None
    """Reads files; None where the caller brings none, and a service makes its own."""


@dataclass(frozen=True)
class Service:
    """One service, and what the rest of connections asks of it.

    ``work`` does one job and commits by itself, so that it can be killed anywhere and repeated.
    It raises a ``ServiceError`` for what the runner is to wait out or end. ``begin`` asks for the
    jobs of a whole sync. ``ended`` is called in the transaction that ends a connection, for what
    its terms want gone. ``revoke`` tells the service that we stop, and may fail.
    """

    name: str
    title: str
    words: str
    """What comes from it, in a sentence."""
    terms: Terms
    connect_path: str
    """Where the page's button leads."""
    configured: Callable[[Settings], bool]
    work: Callable[[Context, Job], None]
    begin: Callable[[Session, UUID, datetime], None]
    ended: Callable[[Session, UUID], None]
    revoke: Callable[[Context, UUID], None]
    put_away: Callable[[Session, UUID], None]
    """Puts entries of the service into the bin of which the athlete has said nothing."""
    panel: str | None = None
    """A template with more of it on the page of connections; its ``Shown`` is ``shown`` there."""
    facts: Callable[[Session, UUID, datetime], Mapping[str, object]] | None = None
    """What that template shows beside."""
    turn_on: str | None = None
    """What the button says that connects it, where nothing is connected in the proper sense."""
    set_up: str | None = None
    """What whoever runs the server has to do first, where no registration is needed."""


_services: dict[str, Service] = {}


def register(service: Service) -> None:
    """Make a service one that can be connected; registering twice is once."""
    _services[service.name] = service


def services() -> tuple[Service, ...]:
    """Every service, in the order of their registration."""
    return tuple(_services.values())


def service_named(name: str) -> Service:
    """The service of this name.

    Raises:
        NoSuchConnectionError: there is none.
    """
    if name not in _services:
        raise NoSuchConnectionError(
            _("There is no such service."), next_step=_("choose one on the page of connections")
        )
    return _services[name]
