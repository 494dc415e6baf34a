"""Find out where the data and their backups lie, for the 3-2-1 rule."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from strongroom.backups.catalogue import listed
from strongroom.backups.copies import has_backup, sizes_of
from strongroom.backups.manifest import PREFIX, Manifest
from strongroom.backups.three_two_one import Place, Rule, three_two_one
from strongroom.config import Configuration
from strongroom.errors import ConfigurationError, StrongroomError
from strongroom.identity.address import connection_of
from strongroom.storage import open_store, shown_address
from strongroom.storage.s3.address import SCHEME, parse_s3_address


def rule_of(configuration: Configuration) -> Rule:
    """Judge where data, store and copies lie, and whether each has the newest backup.

    Raises:
        StorageError: the store of the backups cannot be asked.
    """
    newest = next(iter(listed(configuration)), None)
    stores = [("store", configuration.store_url), *(("copy", url) for url in configuration.copies)]
    return three_two_one(
        [_data(configuration), *(_store(what, url, newest) for what, url in stores)]
    )


def _data(configuration: Configuration) -> Place:
    if configuration.server is not None:
        directory = configuration.server.data_directory
        return Place("data", str(directory), _device(directory))
    try:
        host = str(connection_of(configuration).get("host", ""))
    except ConfigurationError:
        return Place("data", "a server of others", None)
    if not host or host.startswith("/") or _is_here(host):
        return Place("data", "a server on this machine", None)
    return Place("data", host, f"server {host}")


def _store(what: str, url: str, newest: Manifest | None) -> Place:
    where, medium, off_site = shown_address(url), None, False
    try:
        medium, off_site = _medium(url)
        holds = newest is not None and has_backup(
            sizes_of(open_store(url), f"{PREFIX}{newest.backup_id}/"), newest
        )
    except StrongroomError as error:
        return Place(what, where, medium, off_site, holds=False, problem=error.message)
    return Place(what, where, medium, off_site, holds=holds)


def _medium(url: str) -> tuple[str | None, bool]:
    """What a store fails together with, and whether it is off site.

    A server of objects is off site unless its address is on this machine; a directory never
    is, for nobody can tell where its disk stands.
    """
    if url.startswith(f"{SCHEME}://"):
        address = parse_s3_address(url)
        server = address.endpoint or f"Amazon S3 {address.region or ''}".strip()
        return server, not address.on_this_machine
    path = unquote(urlsplit(url).path) if "://" in url else url
    return _device(Path(path)), False


def _device(path: Path) -> str | None:
    """The device that a directory is on, or is going to be on."""
    existing = next((one for one in (path, *path.absolute().parents) if one.exists()), None)
    return None if existing is None else f"device {existing.stat().st_dev}"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
