"""End uploads whose writers have died.

Nothing on S3 tells whether a writer lives. So an upload counts as abandoned when it is not of
this process and no part of it has arrived for a day, by the server's own clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from strongroom.storage.s3.client import Connection

ABANDONED_AFTER = timedelta(hours=24)


def sweep(connection: Connection, *, abandoned_after: timedelta = ABANDONED_AFTER) -> int:
    """End abandoned uploads below the store's prefix, and return how many they were."""
    ended = 0
    with connection.described():
        for upload, now in _uploads(connection):
            named = {**_bucket(connection), "Key": upload["Key"], "UploadId": upload["UploadId"]}
            if named["UploadId"] in connection.uploads:
                continue
            if now - _last_sign(connection, named, upload["Initiated"], now) < abandoned_after:
                continue
            try:
                connection.client.abort_multipart_upload(**named)
            except connection.client.exceptions.NoSuchUpload:
                continue  # somebody else has just ended it
            ended += 1
    return ended


def _uploads(connection: Connection) -> Iterator[tuple[dict[str, Any], datetime]]:
    """Each unfinished upload, with the server's time."""
    prefix = connection.address.key_of("")
    pages = connection.client.get_paginator("list_multipart_uploads").paginate(
        **_bucket(connection), Prefix=prefix
    )
    for page in pages:
        now = parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
        for upload in page.get("Uploads", []):
            if upload["Key"].startswith(prefix):
                yield upload, now


def _last_sign(
    connection: Connection, named: dict[str, str], begun: datetime, now: datetime
) -> datetime:
    """When something of an upload arrived last; asked of old ones only."""
    if now - begun < timedelta(hours=1):
        return begun
    try:
        pages = connection.client.get_paginator("list_parts").paginate(**named)
        return max(
            (part["LastModified"] for page in pages for part in page.get("Parts", [])),
            default=begun,
        )
    except connection.client.exceptions.NoSuchUpload:
        return now


def _bucket(connection: Connection) -> dict[str, str]:
    return {"Bucket": connection.address.bucket}
