"""Errors of backups, of the log between them, and of bringing them back."""

from __future__ import annotations

from strongroom.errors.base import StrongroomError


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


class RestoreError(StrongroomError):
    """A restore, swap or undo could not be completed; what was there is still there."""

    code = "restore"


class FrozenError(RestoreError):
    """The database is frozen, or cannot be frozen or thawed."""

    code = "frozen"
