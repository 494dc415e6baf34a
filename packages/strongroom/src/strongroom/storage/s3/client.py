"""Connect to S3 by boto3, with bounded waiting and repeating."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from strongroom.errors import StoreAccessError, StrongroomError
from strongroom.storage.s3.address import S3Address
from strongroom.storage.s3.errors import described_error

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.loaders import Loader

DEFAULT_REGION = "us-east-1"
"""What servers other than Amazon's expect in a signature when nobody says otherwise."""


@dataclass(frozen=True)
class Limits:
    """How long is waited for a server, and how often it is asked."""

    attempts: int = 5
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    """The longest silence within one request."""


class Connection:
    """One client, made when it is first needed: credentials are looked up only then."""

    def __init__(self, address: S3Address, limits: Limits) -> None:
        self.address, self.limits = address, limits
        self.uploads: set[str] = set()
        """Uploads in parts that this process has begun and not ended."""
        self._lock = threading.Lock()
        self._client: BaseClient | None = None

    @property
    def client(self) -> BaseClient:
        """The client, safe for use by several threads."""
        with self._lock:
            if self._client is None:
                with self.described():
                    self._client = self._made()
            return self._client

    @contextmanager
    def described(self, key: str = "") -> Iterator[None]:
        """Turn boto3's errors into the store's own."""
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise self.error(key, error) from error

    def error(self, key: str, error: BotoCoreError | ClientError) -> StrongroomError:
        """Say what an error of boto3's means; credentials that failed are not tried again.

        The next request looks for them anew: they may have been renewed meanwhile.
        """
        meant = described_error(self.address, key, error)
        if isinstance(meant, StoreAccessError):
            self._client = None
        return meant

    def _made(self) -> BaseClient:
        address, limits = self.address, self.limits
        core = botocore.session.Session()
        core.register_component("data_loader", _loader())
        session = boto3.Session(profile_name=address.profile, botocore_session=core)
        return session.client(
            "s3",
            endpoint_url=address.endpoint,
            region_name=address.region or session.region_name or DEFAULT_REGION,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": limits.attempts},
                connect_timeout=limits.connect_timeout_s,
                read_timeout=limits.read_timeout_s,
                tcp_keepalive=True,
                # Every piece is sent with its sha256; another sum beside it would say less.
                request_checksum_calculation="when_required",
                s3={"addressing_style": "path" if address.path_style else "auto"},
            ),
        )


@cache
def _loader() -> Loader:
    """Read the description of S3 once for all clients of this process."""
    return botocore.session.Session().get_component("data_loader")
