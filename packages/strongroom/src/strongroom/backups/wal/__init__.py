"""The write-ahead log, stored as it is written, so that any moment can be returned to."""

from strongroom.backups.wal.figures import LogFigures, figures_of, missing_after
from strongroom.backups.wal.following import STEPS, Follower
from strongroom.backups.wal.pieces import Branch, LogRecord, Piece
from strongroom.backups.wal.reaching import Reach, Target, branch_of_backup, reach_of
from strongroom.backups.wal.settings import LogSettings, log_settings
from strongroom.backups.wal.standing import Standing, read_standing
from strongroom.backups.wal.stored import Gap, StoredLog, read_log, read_record

__all__ = [
    "STEPS",
    "Branch",
    "Follower",
    "Gap",
    "LogFigures",
    "LogRecord",
    "LogSettings",
    "Piece",
    "Reach",
    "Standing",
    "StoredLog",
    "Target",
    "branch_of_backup",
    "figures_of",
    "log_settings",
    "missing_after",
    "reach_of",
    "read_log",
    "read_record",
    "read_standing",
]
