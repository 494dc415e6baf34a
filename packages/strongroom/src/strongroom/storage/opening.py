"""Open a store by its address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from strongroom.errors import ConfigurationError
from strongroom.storage.local import LocalStore
from strongroom.storage.store import ObjectStore


def open_store(url: str) -> ObjectStore:
    """Open the store at ``url``: a path, or ``file:///path``.

    Nothing is read or made yet: a directory appears with the first object.

    Raises:
        ConfigurationError: the address is of a kind that this version does not know.
    """
    if "://" not in url:
        return LocalStore(Path(url).absolute())
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return LocalStore(Path(unquote(parts.path)))
    raise ConfigurationError(
        f"A store of the kind {parts.scheme}:// is not known: "
        "this version stores in local or mounted directories.",
        next_step="set store.url in strongroom.toml to a directory",
    )
