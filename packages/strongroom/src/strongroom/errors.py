"""Every error of strongroom: its message, its one next step, its exit code.

Errors are raised where something is known to be wrong and are turned into text, JSON or an
exit status in one place (the command line). A message says what happened and what it means;
``next_step`` is one command or act that helps. Neither ever contains a secret.
"""

from __future__ import annotations

from typing import ClassVar


class StrongroomError(Exception):
    """Something that strongroom could not or would not do."""

    code: ClassVar[str] = "error"
    exit_code: int = 1

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.add_note(f"next: {next_step}")  # where nobody catches it, the traceback ends so

    def as_dict(self) -> dict[str, object]:
        """The error as documented for ``--json``."""
        return {"code": self.code, "message": self.message, "next": self.next_step}


class ConfigurationError(StrongroomError):
    """A configuration file is missing, unreadable or contradictory."""

    code = "configuration"


class PinError(StrongroomError):
    """The lock file is missing, damaged or from a newer format."""

    code = "pin"


class StateError(StrongroomError):
    """The outside state cannot be read or moved forward."""

    code = "state"


class LedgerError(StrongroomError):
    """The ledger's chain is broken or cannot be written."""

    code = "ledger"


class StorageError(StrongroomError):
    """An object store could not do what was asked of it."""

    code = "storage"


class ObjectMissingError(StorageError):
    """The object is not in the store."""

    code = "object_missing"


class ObjectExistsError(StorageError):
    """Objects are written once, and this one is there already."""

    code = "object_exists"


class ObjectLockedError(StorageError):
    """The server keeps the object until a date, and lets nobody delete it before."""

    code = "object_locked"


class StoreUnreachableError(StorageError):
    """The store's server could not be reached, or did not answer as it should in time."""

    code = "store_unreachable"


class StoreAccessError(StorageError):
    """The store's server does not know the credentials, or does not permit them the act."""

    code = "store_access"


class UnfitStoreError(StorageError):
    """The store lacks something without which backups in it would not be safe."""

    code = "unfit_store"


class UnverifiedObjectError(StorageError):
    """The store said that it had an object, and it has another one, or none."""

    code = "unverified_object"


class NoSpaceError(StrongroomError):
    """There is not enough room on the disk for the work to be started or finished."""

    code = "no_space"


class TimeLimitError(StrongroomError):
    """The time that the work was given is over; nothing of it is left behind."""

    code = "time_limit"


class ServerError(StrongroomError):
    """A PostgreSQL server could not be found, started, reached or stopped."""

    code = "server"


class ServerStartingError(ServerError):
    """The server answers that it takes no connections yet."""

    code = "server_starting"


class BinariesMissingError(ServerError):
    """PostgreSQL's programs are not on this machine, or not in the version that is needed."""

    code = "binaries_missing"


class NotADataDirectoryError(ServerError):
    """The directory holds something, and it is not a PostgreSQL cluster."""

    code = "not_a_data_directory"


class WrongMajorVersionError(ServerError):
    """The data directory belongs to another major version of PostgreSQL."""

    code = "wrong_major_version"


class NoPermissionError(ServerError):
    """The operating system does not let us read or write what the work needs."""

    code = "no_permission"


class ServerHeldError(ServerError):
    """Another process holds the server, so that this act must wait for it."""

    code = "server_held"


class DatabaseError(StrongroomError):
    """PostgreSQL refused a statement; the message carries its words without any value."""

    code = "database"


class LogGoneError(DatabaseError):
    """The server has removed a part of its write-ahead log that is asked for."""

    code = "wal_gone"


class TablesLockedError(DatabaseError):
    """A table stayed locked by another session; the whole act can be tried again."""

    code = "tables_locked"


class NoProofPointError(DatabaseError):
    """No moment could be found at which snapshot and log were sure to agree."""

    code = "no_proof_point"


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


class BackupError(StrongroomError):
    """A backup could not be taken, read or trusted."""

    code = "backup"


class LogError(BackupError):
    """The write-ahead log cannot be received, or does not lead to where it should."""

    code = "wal"


class LogBusyError(LogError):
    """Another process receives the log already; one is enough."""

    code = "wal_busy"


class DamagedLogError(LogError):
    """An object of the stored log is not what was stored, or is not there."""

    code = "damaged_wal"


class LogGapError(LogError):
    """A part of the log is missing, so that points in time after it cannot be reached."""

    code = "wal_gap"


class TargetError(LogError):
    """A point in time cannot be returned to, or cannot be understood."""

    code = "target"


class NoSuchBackupError(BackupError):
    """No whole backup has this name."""

    code = "no_such_backup"


class DamagedBackupError(BackupError):
    """A backup's objects are not the ones that its manifest describes."""

    code = "damaged_backup"


class WrongKeyError(BackupError):
    """None of the private keys at hand opens this backup."""

    code = "wrong_key"


class NewerFormatError(StrongroomError):
    """Something was written by a newer strongroom than this one."""

    code = "newer_format"


class RestoreError(StrongroomError):
    """A restore, swap or undo could not be completed; what was there is still there."""

    code = "restore"


class RefreshError(StrongroomError):
    """A masked copy could not be made; source and target are as they were."""

    code = "refresh"


class MaskingError(RefreshError):
    """The masking rules do not fit the schema, or leave something personal undecided."""

    code = "masking"


class LeakError(RefreshError):
    """Original values were found in a copy that was to have none; the copy was removed."""

    code = "leak"


class FrozenError(RestoreError):
    """The database is frozen, or cannot be frozen or thawed."""

    code = "frozen"


class ConfirmationNeededError(StrongroomError):
    """The act needs a person at a terminal, or a one-use token."""

    code = "confirmation_needed"
    exit_code = 30


class MigrationError(StrongroomError):
    """A migration could not be planned, rehearsed or applied."""

    code = "migration"


class MigrationFailedError(MigrationError):
    """A revision failed while it ran; ``sqlstate`` is PostgreSQL's code, where it was its."""

    code = "migration_failed"

    def __init__(self, message: str, *, next_step: str, sqlstate: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.sqlstate = sqlstate


class MigrationRefusedError(MigrationError):
    """A migration would lose what nobody has agreed to lose; nothing was changed.

    ``document`` is what the plan and the rehearsal found, as shown to people and machines.
    """

    code = "migration_refused"
    exit_code = 30

    def __init__(self, message: str, *, next_step: str, document: dict[str, object]) -> None:
        super().__init__(message, next_step=next_step)
        self.document = document

    def as_dict(self) -> dict[str, object]:
        """The error, with plan and rehearsal beside it."""
        return {**super().as_dict(), **self.document}


class ProtectionError(StrongroomError):
    """Protection could not be installed or removed; what was there before is there still."""

    code = "protection"


class PermitError(StrongroomError):
    """A permit could not be granted, opened or revoked."""

    code = "permit"
    exit_code = 30


class RealDatabaseError(StrongroomError):
    """A test connected to a database that is not for tests."""

    code = "real_database"

    def __init__(self, message: str, *, found: str, next_step: str) -> None:
        super().__init__(message, next_step=next_step)
        self.found = found


class LeaksError(StrongroomError):
    """Rows that tests left could not be removed; nothing was."""

    code = "leaks"


class AlertError(StrongroomError):
    """Something could not be told, pinged or shown as metrics; no backup depends on it."""

    code = "alert"


class ScheduleError(StrongroomError):
    """A schedule cannot be kept."""

    code = "schedule"


class LeaseLostError(ScheduleError):
    """Another watcher has taken over, so that this one must not go on."""

    code = "lease_lost"


class StoppedError(ScheduleError):
    """A watcher was asked twice to end, so that the step it was in was abandoned."""

    code = "stopped"
    exit_code = 130


class DiscoveryError(StrongroomError):
    """Something that should be looked through cannot be."""

    code = "discovery"


class EngineError(DiscoveryError):
    """A container engine does not answer, or not as one does."""

    code = "engine"


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


class AuditError(StrongroomError):
    """What is to be audited cannot be read, or a baseline or mend cannot be used."""

    code = "audit"
