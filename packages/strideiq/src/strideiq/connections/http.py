"""The one door to services: HTTP with limits of time and size, and nothing but a whole answer.

Nothing here waits: what failed is asked again by the runner, later. Redirections are not
followed, because they would carry tokens to wherever they lead.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from strideiq.connections.errors import ServiceTroubleError

TIMEOUT_S = 20.0
"""How long a connection may take to open, and an answer to go on."""
WHOLE_S = 90.0
"""How long a whole answer may take."""
SIZE_MAX_BYTES = 64 * 2**20
AT_ONCE_BYTES = 64 * 2**10


@dataclass(frozen=True)
class Answer:
    """What a service answered; header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:  # noqa: ANN401  whoever asked knows its shape, and must check it
        """The body read as JSON.

        Raises:
            ServiceTroubleError: it is no JSON, or was cut off.
        """
        try:
            return json.loads(self.body)
        except ValueError:
            raise ServiceTroubleError from None


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates count; reading them costs more than a request."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Door:
    """Requests to one service. ``timeout_s`` and ``size_max_bytes`` bound every answer."""

    address: str
    timeout_s: float = TIMEOUT_S
    whole_s: float = WHOLE_S
    size_max_bytes: int = SIZE_MAX_BYTES

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request and read the whole answer, whatever its status.

        Raises:
            ServiceTroubleError: no answer, or one that is cut off, too slow or too large.
        """
        import httpx  # noqa: PLC0415  only what syncs needs it

        until_s = time.monotonic() + self.whole_s
        try:
            with (
                httpx.Client(
                    base_url=self.address, timeout=self.timeout_s, verify=_trusted()
                ) as client,
                client.stream(method, path, params=params, data=form, headers=headers) as answer,
            ):
                body = bytearray()
                for part in answer.iter_bytes(AT_ONCE_BYTES):
                    body += part
                    if len(body) > self.size_max_bytes or time.monotonic() > until_s:
                        raise ServiceTroubleError
                return Answer(answer.status_code, dict(answer.headers), bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL):
            # The error's own text may hold the address with what was asked; it is not passed on.
            raise ServiceTroubleError from None
