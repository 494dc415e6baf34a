"""What can be wrong before an agent is answered."""

from __future__ import annotations

from importlib.util import find_spec

from strideiq.platform.errors import StrideiqError


class NoTokenError(StrideiqError):
    """Nobody has said whose tools are meant."""

    code = "token_needed"


class CoachPartsMissingError(StrideiqError):
    """The library that speaks the protocol is not installed."""

    code = "coach_parts_missing"
    http_status = 501


def require_protocol() -> None:
    """Look whether the library is there, without loading it.

    Raises:
        CoachPartsMissingError: it is not.
    """
    if find_spec("mcp") is None:
        raise CoachPartsMissingError(
            "The part that speaks to agents is not installed.",
            next_step="install strideiq with its extra: strideiq[coach]",
        )
