"""Every error of strongroom: its message, its one next step, its exit code.

Errors are raised where something is known to be wrong and are turned into text, JSON or an
exit status in one place (the command line). A message says what happened and what it means;
``next_step`` is one command or act that helps. Neither ever contains a secret.
"""

from __future__ import annotations

from strongroom.errors.backups import (
    BackupError,
    DamagedBackupError,
    DamagedLogError,
    FrozenError,
    LogBusyError,
    LogError,
    LogGapError,
    NoSuchBackupError,
    RestoreError,
    TargetError,
    WrongKeyError,
)
from strongroom.errors.base import (
    ConfigurationError,
    ConfirmationNeededError,
    NewerFormatError,
    NoSpaceError,
    StrongroomError,
    TimeLimitError,
)
from strongroom.errors.changes import (
    LeakError,
    MaskingError,
    MigrationError,
    MigrationFailedError,
    MigrationRefusedError,
    RefreshError,
)
from strongroom.errors.guards import (
    AuditError,
    ComposeError,
    ComposeRefusedError,
    DiscoveryError,
    EngineError,
    GuardError,
    LeaksError,
    PermitError,
    ProtectionError,
    RealDatabaseError,
)
from strongroom.errors.identity import (
    LedgerError,
    PinError,
    RefusedError,
    StateError,
)
from strongroom.errors.servers import (
    BinariesMissingError,
    DatabaseError,
    LogGoneError,
    NoPermissionError,
    NoProofPointError,
    NotADataDirectoryError,
    ServerError,
    ServerHeldError,
    ServerStartingError,
    TablesLockedError,
    WrongMajorVersionError,
)
from strongroom.errors.stores import (
    ObjectExistsError,
    ObjectLockedError,
    ObjectMissingError,
    StorageError,
    StoreAccessError,
    StoreUnreachableError,
    UnfitStoreError,
    UnverifiedObjectError,
)
from strongroom.errors.watching import (
    AlertError,
    IncidentError,
    LeaseLostError,
    ScheduleError,
    StoppedError,
)

__all__ = [
    "AlertError",
    "AuditError",
    "BackupError",
    "BinariesMissingError",
    "ComposeError",
    "ComposeRefusedError",
    "ConfigurationError",
    "ConfirmationNeededError",
    "DamagedBackupError",
    "DamagedLogError",
    "DatabaseError",
    "DiscoveryError",
    "EngineError",
    "FrozenError",
    "GuardError",
    "IncidentError",
    "LeakError",
    "LeaksError",
    "LeaseLostError",
    "LedgerError",
    "LogBusyError",
    "LogError",
    "LogGapError",
    "LogGoneError",
    "MaskingError",
    "MigrationError",
    "MigrationFailedError",
    "MigrationRefusedError",
    "NewerFormatError",
    "NoPermissionError",
    "NoProofPointError",
    "NoSpaceError",
    "NoSuchBackupError",
    "NotADataDirectoryError",
    "ObjectExistsError",
    "ObjectLockedError",
    "ObjectMissingError",
    "PermitError",
    "PinError",
    "ProtectionError",
    "RealDatabaseError",
    "RefreshError",
    "RefusedError",
    "RestoreError",
    "ScheduleError",
    "ServerError",
    "ServerHeldError",
    "ServerStartingError",
    "StateError",
    "StoppedError",
    "StorageError",
    "StoreAccessError",
    "StoreUnreachableError",
    "StrongroomError",
    "TablesLockedError",
    "TargetError",
    "TimeLimitError",
    "UnfitStoreError",
    "UnverifiedObjectError",
    "WrongKeyError",
    "WrongMajorVersionError",
]

# A traceback names the place that programs import an error from.
for _name in __all__:
    globals()[_name].__module__ = __name__
