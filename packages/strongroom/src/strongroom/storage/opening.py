"""Open a store by its address."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from strongroom.errors import ConfigurationError
from strongroom.storage.local import LocalStore
from strongroom.storage.s3.address import SCHEME, S3Address, parse_s3_address
from strongroom.storage.store import ObjectStore


def open_store(url: str) -> ObjectStore:
    """Open the store at ``url``: a path, ``file:///path``, or ``s3://bucket/prefix?…``.

    Nothing is read or made yet: a directory appears with the first object, and S3 is asked
    with the first request.

    Raises:
        ConfigurationError: the address is of a kind that this version does not know, or
            needs what is not installed.
    """
    if "://" not in url:
        return LocalStore(Path(url).absolute())
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return LocalStore(Path(unquote(parts.path)))
    if parts.scheme == SCHEME:
        return _on_s3(parse_s3_address(url), os.getpid())
    raise ConfigurationError(
        f"A store of the kind {parts.scheme}:// is not known: "
        "this version stores in local or mounted directories, and on S3.",
        next_step="set store.url in strongroom.toml to a directory, or to s3://bucket/prefix",
    )


def shown_address(url: str) -> str:
    """The address as messages name it: without settings, and never with a password."""
    if "://" not in url:
        return url
    try:
        return parse_s3_address(url).shown if url.startswith(f"{SCHEME}://") else url
    except ConfigurationError:
        return f"{SCHEME}://…"


@lru_cache
def _on_s3(address: S3Address, process_id: int) -> ObjectStore:
    """Keep one connection for each address and process: making one costs more than using it."""
    del process_id
    try:
        from strongroom.storage.s3.store import S3Store  # noqa: PLC0415  a local store needs no boto3
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"The store is on S3, and {error.name} is not installed.",
            next_step="pip install 'strongroom[s3]', then try again",
        ) from error
    return S3Store(address)
