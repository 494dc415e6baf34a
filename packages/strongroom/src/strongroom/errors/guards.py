"""Errors of what stands before a database: protection, permits, hooks and guarded programs."""

from __future__ import annotations

from strongroom.errors.base import StrongroomError


class ProtectionError(StrongroomError):
    """Protection could not be installed or removed; what was there before is there still."""

    code = "protection"


class PermitError(StrongroomError):
    """A permit could not be granted, opened or revoked."""

    code = "permit"
    exit_code = 30


class GuardError(StrongroomError):
    """A hook of the command guard cannot be put in, taken out, or does not guard."""

    code = "guard"


class RealDatabaseError(StrongroomError):
    """A test connected to a database that is not for tests."""

    code = "real_database"

    def __init__(self, message: str, *, found: str, next_step: str) -> None:
        super().__init__(message, next_step=next_step)
        self.found = found


class LeaksError(StrongroomError):
    """Rows that tests left could not be removed; nothing was."""

    code = "leaks"


class ComposeError(StrongroomError):
    """A compose file cannot be understood: what is wrong, and in which line."""

    code = "compose"


class ComposeRefusedError(StrongroomError):
    """Compose was not called, since data could be lost or hidden by what it was asked to do.

    The exit code is that of the verdict on the volume, or 30 for what would remove data.
    """

    code = "compose_refused"

    def __init__(self, message: str, *, next_step: str, exit_code: int = 30) -> None:
        super().__init__(message, next_step=next_step)
        self.exit_code = exit_code


class DiscoveryError(StrongroomError):
    """Something that should be looked through cannot be."""

    code = "discovery"


class EngineError(DiscoveryError):
    """A container engine does not answer, or not as one does."""

    code = "engine"


class AuditError(StrongroomError):
    """What is to be audited cannot be read, or a baseline or mend cannot be used."""

    code = "audit"
