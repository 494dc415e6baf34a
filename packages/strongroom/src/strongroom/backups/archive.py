"""Open a backup again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from strongroom.backups.beside import Take
from strongroom.backups.manifest import Manifest
from strongroom.backups.stream import PlainStream, decrypted, pour
from strongroom.backups.stream_ends import Report
from strongroom.config import Configuration
from strongroom.errors import WrongKeyError
from strongroom.identity.key_ring import key_files, load_identities
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
    with (
        _key_told(configuration, manifest),
        decrypted(store, manifest.objects[index], identities, report=report) as stream,
    ):
        yield stream


def pour_object(
    configuration: Configuration,
    manifest: Manifest,
    index: int,
    take: Take,
    *,
    report: Report = lambda _: None,
) -> float:
    """Give one object of a backup to ``take``, piece by piece; see ``stream.pour``.

    Raises:
        WrongKeyError: no private key at hand opens it.
        DamagedBackupError: it is not what was written.
    """
    store = open_store(configuration.store_url)
    identities = load_identities(configuration)
    with _key_told(configuration, manifest):
        return pour(store, manifest.objects[index], identities, take, report=report)


@contextmanager
def _key_told(configuration: Configuration, manifest: Manifest) -> Iterator[None]:
    try:
        yield
    except WrongKeyError as error:
        raise _no_key_at_hand(configuration, manifest, error) from error


def _no_key_at_hand(
    configuration: Configuration, manifest: Manifest, error: WrongKeyError
) -> WrongKeyError:
    """Say whose key is needed, and what is wrong with those that are here."""
    files = key_files(configuration)
    here = [key for one in files for key in one.public_keys]
    problems = [one.problem.message for one in files if one.problem]
    told = [
        error.message,
        f"It is encrypted to {', '.join(manifest.recipients)};",
        f"here are the keys of {', '.join(here)}." if here else "no private key is here.",
        *problems,
    ]
    return WrongKeyError(
        " ".join(told),
        next_step="strongroom key recover FILE, with a saved copy or the key of another recipient",
    )
