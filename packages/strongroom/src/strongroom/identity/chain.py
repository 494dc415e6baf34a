"""The epoch chain of a running process: append inside the database, then tell the state.

The order matters: the mark is committed first and only then becomes what the state expects. A
kill between the two leaves the state one mark behind, which the database still contains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from strongroom.errors import DatabaseError
from strongroom.identity import schema
from strongroom.identity.lives import appended
from strongroom.identity.state import Incarnation, Mark
from strongroom.identity.state_store import StateStore
from strongroom.postgres.connections import database_errors

RECENT = 64
"""So many of the newest marks tell whether the database contains what the state expects."""
SHARED_S = 10
"""Of many processes one appends: a mark this young, from whichever, is enough for a heartbeat."""

# The mark must outlive the server that takes it: also where standbys are synchronous.
_DURABLE = """
SELECT set_config('synchronous_commit',
    CASE WHEN current_setting('synchronous_standby_names') = '' THEN 'on' ELSE 'remote_apply' END,
    true)
"""
# Only the transaction that follows at once on the mark before it has its number plus one (of
# which ``xmin`` shows the lower half): nothing was written between the two, by anybody.
_RECENT = """
SELECT n, nonce::text, timeline, at,
    xmin::text::numeric = mod(1 + lag(xmin::text::numeric) OVER (ORDER BY n), 2::numeric ^ 32)
FROM (SELECT xmin, * FROM strongroom.epoch ORDER BY n DESC LIMIT %s) AS newest ORDER BY n
"""
# The next transaction's number moves with every transaction that writes, and not with the
# server's own housekeeping.
_PULSE = """
SELECT mod(pg_snapshot_xmax(pg_current_snapshot())::text::numeric - 1, 2::numeric ^ 32)
       = xmin::text::numeric, clock_timestamp(), n, nonce::text, timeline, at
FROM strongroom.epoch ORDER BY n DESC LIMIT 1
"""


@dataclass(frozen=True)
class _Pulse:
    """What a look at the database tells of its writers."""

    is_quiet: bool
    """Whether nothing was written since the newest mark, by anybody."""
    now: datetime
    newest: Mark

    @property
    def newest_age_s(self) -> float:
        return (self.now - datetime.fromisoformat(self.newest.at)).total_seconds()


class Chain:
    """Appends epochs of one incarnation for one process.

    Args:
        store: where the state is.
        judged: the life as it was known when the database was judged and let in.
        last: the newest mark that was found in it.
    """

    def __init__(self, store: StateStore, judged: Incarnation, last: Mark | None) -> None:
        self._store = store
        self._judged = judged
        self._quiet_until: str | None = None
        self.last = last
        """The newest mark that this process knows to be in the database; None when the state
        expects another one by now, so that the database has to be judged again."""

    @property
    def incarnation(self) -> str:
        """The life whose epochs are appended."""
        return self._judged.id

    def append(self, connection: psycopg.Connection) -> None:
        """Append one epoch, unless another process is doing it at this moment.

        The connection must have been verified: to append is to write.
        """
        with _append_errors(connection), connection.transaction():
            connection.execute(_DURABLE)
            mark = schema.append(connection)
            rows = connection.execute(_RECENT, (RECENT,)).fetchall()
        if mark is not None:
            *before, appended_mark = (_recent(row) for row in rows)
            until = appended_mark.quiet_until or self._quiet_until
            self._tell(replace(mark, quiet_until=until), before)

    def append_if_moved(self, connection: psycopg.Connection) -> None:
        """Append one epoch if anything was written since the newest one, whoever appended that."""
        with database_errors("looking for new transactions"):
            pulse = _pulse(connection)
            connection.rollback()
        if pulse is None:
            self.append(connection)
        elif pulse.is_quiet:
            self._quiet_until = pulse.now.isoformat()
        elif not self._is_shared(pulse):
            self.append(connection)

    def _is_shared(self, pulse: _Pulse) -> bool:
        """Whether another process has appended a moment ago."""
        mine = self.last is not None and self.last.nonce == pulse.newest.nonce
        return not mine and 0 <= pulse.newest_age_s < SHARED_S

    def _tell(self, mark: Mark, recent: Sequence[Mark]) -> None:
        state = self._store.advance(
            lambda state: appended(state, self._judged, mark, recent), required=False
        )
        life = state.incarnation(self.incarnation)
        if life is not None and life.last is not None and life.last.nonce == mark.nonce:
            self._judged, self.last = life, mark
        else:
            self.last = None


@contextmanager
def _append_errors(connection: psycopg.Connection) -> Iterator[None]:
    with database_errors("appending an epoch"):
        try:
            yield
        except psycopg.errors.InsufficientPrivilege as error:
            role = connection.execute("SELECT format('%I', current_user)").fetchall()[0][0]
            raise DatabaseError(
                f"Role {role} may not append an epoch, and without that a copy of this database "
                "could not be told from it.",
                next_step=f"as its administrator: GRANT EXECUTE ON FUNCTION "
                f"strongroom.append_epoch() TO {role}",
            ) from error
        except psycopg.errors.ReadOnlySqlTransaction as error:
            raise DatabaseError(
                "This role's sessions are read-only, and without appending an epoch a copy of this "
                "database could not be told from it.",
                next_step="let the role write (default_transaction_read_only), or open the "
                "database with read_only=True",
            ) from error


def _pulse(connection: psycopg.Connection) -> _Pulse | None:
    row = connection.execute(_PULSE).fetchone()
    if row is None:
        return None
    is_quiet, now, *newest = row
    return _Pulse(is_quiet, now.astimezone(UTC), schema.mark_from((*newest,)))


def _recent(row: tuple[Any, ...]) -> Mark:
    *columns, is_quiet = row
    mark = schema.mark_from((*columns,))
    return replace(mark, quiet_until=mark.at if is_quiet else None)
