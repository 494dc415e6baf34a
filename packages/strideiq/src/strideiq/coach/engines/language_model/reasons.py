"""From whatever libraries of providers raise to a sentence of ``failures``. Imported late."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from pydantic_ai import exceptions as of

from strideiq.coach.engines.door import EngineError
from strideiq.coach.engines.language_model import failures

_Kinds = type[BaseException] | tuple[type[BaseException], ...]
_SENTENCES: tuple[tuple[_Kinds, str], ...] = (
    (of.UsageLimitExceeded, failures.TOO_MUCH),
    (
        (of.RunTimedOut, of.ModelRequestTimeout, of.ModelTimeoutError, TimeoutError),
        failures.TOO_SLOW,
    ),
    (
        (of.ModelRateLimitError, of.ModelQuotaExceededError, of.ModelOverloadedError),
        failures.BUSY,
    ),
    (of.ModelAuthenticationError, failures.KEY_REFUSED),
    (of.ModelNotFoundError, failures.NO_SUCH_MODEL),
    (of.ModelContextWindowExceededError, failures.TOO_MUCH),
    (of.ModelConnectionError, failures.UNREACHABLE),
    ((of.ModelServerError, of.ModelUnavailableError), failures.SERVER_ERROR),
    (of.ModelRequestRejectedError, failures.REFUSED),
    (of.UnexpectedModelBehavior, failures.BROKEN_ANSWER),
    (of.UserError, failures.NOT_USABLE),
    ((httpx.TransportError, of.ModelAPIError, ConnectionError), failures.BROKEN_OFF),
    ((ValueError, TypeError), failures.BROKEN_ANSWER),
)


def reason(error: BaseException) -> str:
    """A sentence for the athlete; of several errors at once, of the first that means anything."""
    every = list(_unpacked(error))
    for one in every:
        if isinstance(one, EngineError):
            return one.reason
    known = (text for one in every for kinds, text in _SENTENCES if isinstance(one, kinds))
    return next(known, failures.UNKNOWN)


def _unpacked(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _unpacked(one)
    else:
        yield error
