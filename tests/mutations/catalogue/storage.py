"""Stores and copies."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

S3 = (f"{TESTS}/storage/test_s3.py",)
S3_FAULTS = (f"{TESTS}/storage/test_s3_faults.py",)
COPIES = (f"{TESTS}/backups/test_copies.py",)
RULE = (f"{TESTS}/backups/test_three_two_one.py",)

MUTATIONS = (
    mutation(
        "storage/s3/writing.py",
        "an object on S3 is written over",
        '                IfNoneMatch="*",\n',
        "",
        S3,
    ),
    mutation(
        "storage/s3/writing.py",
        "an upload is committed over an object",
        'MultipartUpload={"Parts": parts}, IfNoneMatch="*"',
        'MultipartUpload={"Parts": parts}',
        S3,
    ),
    mutation(
        "storage/s3/writing.py",
        "a server's success is believed",
        "        verify(self._connection, self._key, pieces, self._token)\n",
        "        del pieces\n",
        S3_FAULTS,
    ),
    mutation(
        "storage/s3/writing.py",
        "a repeated request is taken for another writer's",
        "if not is_ours(self._connection, self._key, self._token):",
        "if error:",
        S3_FAULTS,
    ),
    mutation(
        "storage/s3/writing.py",
        "a failed upload is left behind",
        "self._connection.client.abort_multipart_upload(**self._upload)",
        "pass",
        S3_FAULTS,
    ),
    mutation(
        "storage/s3/fitness.py",
        "a server that overwrites is trusted",
        '        raise _overwrites(connection.address, "PutObject")\n',
        "        return\n",
        S3_FAULTS,
    ),
    mutation(
        "storage/s3/reading.py",
        "a reading goes on in another object",
        'same = {"IfMatch": self._etag} if self._etag else {}',
        "same: dict[str, str] = {}",
        S3_FAULTS,
    ),
    mutation(
        "storage/s3/verifying.py",
        "objects are not locked",
        "    if address.lock_days:\n        until",
        "    if address.lock_days < 0:\n        until",
        S3,
    ),
    mutation(
        "storage/s3/store.py",
        "a delete only hides",
        'version = {"VersionId": found["VersionId"]} if found.get("VersionId") else {}',
        "version: dict[str, str] = {}",
        S3,
    ),
    mutation(
        "storage/s3/sweeping.py",
        "a sweep ends what was begun just now",
        'if now - _last_sign(connection, named, upload["Initiated"], now) < abandoned_after:',
        "if now is None:",
        S3,
    ),
    mutation(
        "backups/copies.py",
        "a copy is not compared with its manifest",
        "if (size_bytes, found.hexdigest()) != (stored.size_bytes, stored.sha256):",
        "if size_bytes < 0:",
        COPIES,
    ),
    mutation(
        "backups/three_two_one.py",
        "a store without the newest backup counts",
        "holding = [one for one in places if one.holds]",
        "holding = [*places]",
        RULE,
    ),
    mutation(
        "backups/copies.py",
        "what a store kept too little of stays in the way",
        "            target.delete(stored.key)\n",
        "",
        COPIES,
    ),
)
