"""The address of a store on S3: ``s3://bucket/prefix?endpoint=…&region=…&lock_days=…``."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from strongroom.errors import ConfigurationError
from strongroom.storage.store import is_key

SCHEME = "s3"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SETTINGS = {"endpoint", "region", "profile", "lock_days", "path_style"}
_LOCK_DAYS_MAX = 36_500


@dataclass(frozen=True)
class S3Address:
    """Where a store on S3 is, without anything secret: credentials come from boto3's places."""

    bucket: str
    prefix: str = ""
    """What every key begins with, without a separator at its end."""
    endpoint: str | None = None
    """The server's address; None is Amazon's, or what boto3's own settings name."""
    region: str | None = None
    profile: str | None = None
    """A profile in boto3's shared configuration files."""
    lock_days: int = 0
    """For how many days each new object is locked in compliance mode; 0 is not at all."""
    path_style: bool = False
    """Whether the bucket is named in the path instead of the host's name."""

    def key_of(self, key: str) -> str:
        """What an object is called in the bucket."""
        return f"{self.prefix}/{key}" if self.prefix else key

    def without_prefix(self, name: str) -> str:
        """What an object of the bucket is called in this store."""
        return name.removeprefix(f"{self.prefix}/") if self.prefix else name

    @property
    def shown(self) -> str:
        """The address as messages name it."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def on_this_machine(self) -> bool:
        """Whether the server is one on this very machine, by its address."""
        host = urlsplit(self.endpoint or "").hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def parse_s3_address(url: str) -> S3Address:
    """Understand the address of a store on S3.

    Raises:
        ConfigurationError: it says something impossible or unknown, or holds a password.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise _unusable("it holds a user name or password, and an address is no place for secrets")
    if not _BUCKET.fullmatch(parts.netloc) or parts.fragment:
        raise _unusable("what follows s3:// must be the name of a bucket")
    prefix = unquote(parts.path).strip("/")
    if prefix and not is_key(prefix):
        raise _unusable("its prefix could not be that of an object")
    settings = _settings(parts.query)
    endpoint = _endpoint(settings.get("endpoint"))
    return S3Address(
        bucket=parts.netloc,
        prefix=prefix,
        endpoint=endpoint,
        region=settings.get("region"),
        profile=settings.get("profile"),
        lock_days=_days(settings.get("lock_days", "0")),
        path_style=_boolean(settings["path_style"])
        if "path_style" in settings
        else endpoint is not None,
    )


def _settings(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    settings = dict(pairs)
    if unknown := settings.keys() - _SETTINGS:
        raise _unusable(f"it has a setting that is not known: {min(unknown)}")
    if len(settings) != len(pairs) or not all(settings.values()):
        raise _unusable("a setting in it is empty, or is there twice")
    return settings


def _endpoint(written: str | None) -> str | None:
    if written is None:
        return None
    parts = urlsplit(written)
    if "@" in parts.netloc:
        raise _unusable("its endpoint holds a user name or password; boto3's own places are for it")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise _unusable("its endpoint must be http://HOST:PORT or https://HOST")
    return written.rstrip("/")


def _days(written: str) -> int:
    if not written.isdecimal() or int(written) > _LOCK_DAYS_MAX:
        raise _unusable(f"lock_days must be a number of days, up to {_LOCK_DAYS_MAX:,}")
    return int(written)


def _boolean(written: str) -> bool:
    if written not in ("true", "false"):
        raise _unusable("path_style must be true or false")
    return written == "true"


def _unusable(why: str) -> ConfigurationError:
    """What is wrong; the address itself is not repeated, for it may hold a secret."""
    return ConfigurationError(
        f"The address of a store on S3 cannot be used: {why}.",
        next_step="write store.url in strongroom.toml as "
        "s3://bucket/prefix?region=…, or with &endpoint=https://…",
    )
