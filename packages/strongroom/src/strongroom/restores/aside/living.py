"""The database of today, opened to put something beside what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from strongroom.config import Configuration
from strongroom.errors import PinError
from strongroom.identity.address import administrator_of, connection_of, has_administrator
from strongroom.identity.expectation import expectation
from strongroom.identity.judgement import judge
from strongroom.identity.pin import nothing_pinned
from strongroom.identity.places import opened
from strongroom.identity.verdicts import Verdict
from strongroom.postgres.connections import connect
from strongroom.progress import Progress

ALLOWED = (Verdict.MATCH, Verdict.SHRUNK)
"""One that has lost rows is ours still, and the one that needs them most."""


@contextmanager
def living(configuration: Configuration, progress: Progress) -> Iterator[psycopg.Connection]:
    """Connect to the pinned database with the most rights that are known here, in autocommit.

    Raises:
        RefusedError: it is not the pinned one.
        PinError: nothing is pinned.
    """
    expected = expectation(configuration)
    if expected is None:
        raise PinError(nothing_pinned(configuration), next_step="strongroom adopt --dry-run")
    with opened(configuration, expected, progress=progress) as place:
        judgement = judge(expected, place.found, configuration)
        if judgement.verdict not in ALLOWED:
            raise judgement.refusal()
        if place.server is not None:
            info = place.server.administrator(configuration.database)
        elif has_administrator(configuration):
            info = administrator_of(configuration)
        else:
            info = connection_of(configuration)
        with connect(info, autocommit=True) as connection:
            yield connection
