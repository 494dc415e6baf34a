"""Errors of object stores."""

from __future__ import annotations

from strongroom.errors.base import StrongroomError


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
