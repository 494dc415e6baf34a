"""Open a backup again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from strongroom.backups.manifest import Manifest
from strongroom.backups.stream import PlainStream, Report, decrypted
from strongroom.config import Configuration
from strongroom.identity.keys import load_identities
from strongroom.storage import open_store


@contextmanager
def open_archive(
    configuration: Configuration, manifest: Manifest, *, report: Report = lambda _: None
) -> Iterator[PlainStream]:
    """Open a logical backup as the bytes that ``pg_dump -Fc`` wrote; see ``open_object``."""
    with open_object(configuration, manifest, 0, report=report) as stream:
        yield stream


@contextmanager
def open_object(
    configuration: Configuration,
    manifest: Manifest,
    index: int,
    *,
    report: Report = lambda _: None,
) -> Iterator[PlainStream]:
    """Open one object of a backup as the bytes that it was made from, in constant memory.

    Nothing that was read counts until the block has been left without an exception: only
    then has the whole object been compared with the manifest. ``report`` is told how many
    bytes have passed, of ``content_size_bytes``.

    Raises:
        WrongKeyError: no private key at hand opens it.
        DamagedBackupError: it is not what was written.
    """
    store = open_store(configuration.store_url)
    identities = load_identities(configuration)
    with decrypted(store, manifest.objects[index], identities, report=report) as stream:
        yield stream
