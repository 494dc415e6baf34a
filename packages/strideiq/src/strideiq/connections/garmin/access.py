"""An athlete's access to Garmin: keys that are renewed before they end, and once when refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from strideiq.connections import service
from strideiq.connections.errors import (
    AccessRevokedError,
    RateLimitedError,
    ServiceTroubleError,
)
from strideiq.connections.garmin.client import (
    LIMIT_FIRST,
    LIMIT_LONGEST,
    MARGIN,
    Garmin,
    KeyRefusedError,
)
from strideiq.connections.registry import Context
from strideiq.platform.language import marked

NAME = "garmin"
RENEWING = "renewing"
"""In the cursor: a renewal was begun, and its answer is not kept yet."""
KEY_LOST = marked(
    "StrideIQ was ended, or not answered, while it exchanged keys with the service: the old key is "
    "spent, and the new one did not arrive. What is here stays."
)
LIMITED = "limited"
"""In the cursor: how often in a row Garmin has said that it is too much."""
DOUBLINGS_MAX = 9

T = TypeVar("T")


@dataclass(frozen=True)
class Access:
    """Asks Garmin in the name of one athlete, whose connection the caller holds."""

    context: Context
    athlete_id: UUID

    @property
    def garmin(self) -> Garmin:
        """Garmin, as the settings have it."""
        return Garmin(self.context.settings, self.context.clock)

    def ask(self, what: Callable[[Garmin, str], T]) -> T:
        """Ask with a key that is good; a limit without a time is waited out longer each time.

        Raises:
            AccessRevokedError: Garmin accepts no key of this athlete any more.
            RateLimitedError: it is too much for now.
        """
        try:
            answer = self._asked(what)
        except RateLimitedError as error:
            raise RateLimitedError(self._until(error.until)) from error
        self._note_limits(0)
        return answer

    def _asked(self, what: Callable[[Garmin, str], T]) -> T:
        key, expire_at = self._key()
        if expire_at is None or expire_at - MARGIN <= self.context.clock():
            key = self._renewed()
        try:
            return what(self.garmin, key)
        except KeyRefusedError:
            pass
        # Its clock is not ours: what it calls over is over. A key that it has just given and then
        # refuses is trouble of its own: who has no access any more is given none.
        try:
            return what(self.garmin, self._renewed())
        except KeyRefusedError as error:
            raise ServiceTroubleError from error

    def _key(self) -> tuple[str, datetime | None]:
        with self.context.sessions() as session:
            row = service.row_of(session, self.athlete_id, NAME)
            secrets = service.secrets_of(row, self.context.keys)
            if not secrets:
                raise AccessRevokedError
            return secrets["access"], row.secrets_expire_at

    def _renewed(self) -> str:
        """A new key, kept before it is used: the old refresh key is spent by asking.

        What dies between Garmin's answer and our commit has lost both. That a renewal was begun is
        kept before, so that the refusal which follows is told as what it is.
        """
        begun_before = bool(self.cursor().get(RENEWING))
        self.note({RENEWING: True})
        try:
            return self._exchanged()
        except AccessRevokedError as error:
            if begun_before:
                raise AccessRevokedError(KEY_LOST) from error
            raise

    def _exchanged(self) -> str:
        with self.context.sessions.begin() as session:
            row = service.row_of(session, self.athlete_id, NAME, lock=True)
            secrets = service.secrets_of(row, self.context.keys)
            if not secrets:
                raise AccessRevokedError
            keys = self.garmin.renew(secrets["refresh"])
            service.keep_secrets(row, self.context.keys, keys.secrets(secrets), keys.expire_at)
            row.cursor = {each: row.cursor[each] for each in row.cursor if each != RENEWING}
        return keys.access

    def _until(self, said: datetime) -> datetime:
        """When to go on: what Garmin says, but at least twice as long as the last time."""
        times = min(int(self.cursor().get(LIMITED, 0)), DOUBLINGS_MAX)
        self._note_limits(times + 1)
        wait: timedelta = min(LIMIT_FIRST * 2**times, LIMIT_LONGEST)
        now = self.context.clock()
        return said if said > now else now + wait

    def _note_limits(self, times: int) -> None:
        if int(self.cursor().get(LIMITED, 0)) != times:
            self.note({LIMITED: times})

    def cursor(self) -> dict[str, Any]:
        """What is noted of how far Garmin has been read."""
        with self.context.sessions() as session:
            return dict(service.row_of(session, self.athlete_id, NAME).cursor)

    def note(self, noted: dict[str, Any]) -> None:
        """Note something of how far Garmin has been read."""
        with self.context.sessions.begin() as session:
            row = service.row_of(session, self.athlete_id, NAME, lock=True)
            row.cursor = {**row.cursor, **noted}
