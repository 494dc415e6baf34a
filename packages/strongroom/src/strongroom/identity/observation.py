"""What was seen of a database, and what is expected of it: the two inputs of a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psycopg

from strongroom.config import Configuration
from strongroom.identity.correction import AddressNote
from strongroom.identity.pin import Pin
from strongroom.identity.state import Incarnation, Mark, State


@dataclass(frozen=True)
class Warned:
    """Something to know beside a verdict."""

    code: str
    message: str


Inspector = Callable[[psycopg.Connection, Configuration], tuple[Warned, ...]]
"""Looks at our own database for what a verdict does not tell, such as missing protection.

It is called on the connection and in the transaction that the database was observed in, and
only when the database carries the pinned id. What it says is added to the warnings; it cannot
change a verdict.
"""


@dataclass(frozen=True)
class Identity:
    """The identity row inside a database."""

    database_id: str
    environment: str
    incarnation: str


@dataclass(frozen=True)
class Observation:
    """What was seen, without judging it."""

    where: str
    """The data directory or the address, without a password."""
    holds: str
    """What lies there, in words: ``a PostgreSQL database``, ``an empty directory``, …"""
    problem: str | None = None
    """Why nothing could be seen, where that is so."""
    problem_next: str = "strongroom check"
    by_program: bool = False
    """Whether a program's own address led there, and not the one of the configuration."""
    address: AddressNote | None = None
    """Of a place that is not ours: who gave the address that led there, and what mends it."""
    identity: Identity | None = None
    schema_format: int | None = None
    """Of schema ``strongroom``; None where there is none."""
    user_rows: bool = False
    system_identifier: int | None = None
    """Of the cluster; None where the server does not tell."""
    in_recovery: bool = False
    timeline: int | None = None
    """None on a server in recovery."""
    marks: tuple[Mark, ...] = ()
    """The newest mark, and those that have the number of a remembered mark, oldest first."""
    counts: Mapping[str, int | None] = field(default_factory=dict)
    """Exact rows of the tables that have a floor; None where they could not be counted.

    A table that is far above its limit by the server's statistics may be left out."""
    unread: frozenset[str] = frozenset()
    """Those of them that the role may not read, or of which it may not see every row."""
    warnings: tuple[Warned, ...] = ()
    """What an inspector said."""


@dataclass(frozen=True)
class Expected:
    """What is expected: the pin, and the state that belongs to it."""

    pin: Pin
    state: State
    environment: str
    """Of the configuration: a pin that was carried into another environment is not enough."""
    stale: str | None = None
    """Why the state is only this machine's copy, where that is so."""

    def life_of(self, found: Observation) -> Incarnation:
        """The incarnation that a database claims to be, else the current one."""
        claimed = self.state.incarnation(found.identity.incarnation) if found.identity else None
        return claimed or self.state.current
