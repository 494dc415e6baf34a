"""Object stores: where backups, their proofs and the outside state are kept.

An object is written once and never changed. Keys are names separated by ``/``. Every store
keeps the promises that ``strongroom.testing.storage`` tests.
"""

from strongroom.storage.local import LocalStore
from strongroom.storage.opening import open_store, shown_address
from strongroom.storage.store import ObjectInfo, ObjectStore, ObjectWriter, TellsUnfinished

__all__ = [
    "LocalStore",
    "ObjectInfo",
    "ObjectStore",
    "ObjectWriter",
    "TellsUnfinished",
    "open_store",
    "shown_address",
]
