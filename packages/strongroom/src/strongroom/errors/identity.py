"""Errors about which database it is, and what is known of it outside."""

from __future__ import annotations

from strongroom.errors.base import StrongroomError


class PinError(StrongroomError):
    """The lock file is missing, damaged or from a newer format."""

    code = "pin"


class StateError(StrongroomError):
    """The outside state cannot be read or moved forward."""

    code = "state"


class LedgerError(StrongroomError):
    """The ledger's chain is broken or cannot be written."""

    code = "ledger"


class RefusedError(StrongroomError):
    """The database is not the one that was expected, so nothing was done to it.

    ``judgement`` is the outcome as shown to people and machines; ``exit_code`` is that of
    its verdict.
    """

    code = "refused"

    def __init__(
        self, message: str, *, next_step: str, exit_code: int, judgement: dict[str, object]
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.add_note(f"verdict: {judgement.get('verdict')}; nothing was written")
        self.exit_code = exit_code
        self.judgement = judgement

    def as_dict(self) -> dict[str, object]:
        """The error, with the whole judgement beside it."""
        return {**super().as_dict(), **self.judgement}
