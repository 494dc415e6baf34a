"""Physical backups: the cluster's own files and its log, compared with a moment of the source."""

from strongroom.backups.physical.base import FILE_LIST
from strongroom.backups.physical.chains import chain_of, forget_files
from strongroom.backups.physical.reading import read_physically

__all__ = ["FILE_LIST", "chain_of", "forget_files", "read_physically"]
