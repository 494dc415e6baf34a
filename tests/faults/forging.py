"""Change one row inside a physical backup so that every checksum on the way is right again.

Its author can open the backup, encrypt another one, and write store and ledger. What is left to
find it by are the digests of the rows, which are those of the source.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import tarfile
from dataclasses import replace

from strongroom.backups import Manifest
from strongroom.backups.archive import open_object
from strongroom.backups.stream import encrypt
from strongroom.config import Configuration
from strongroom.identity import recipients
from strongroom.ledger import ledger_of
from strongroom.storage import open_store

PAGE_BYTES = 8192
CHECKSUM_AT = 8
"""Where a page's own checksum stands in it."""
_SUMS = 32
_PRIME = 16777619
_OFFSETS = (
    0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
    0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
    0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
    0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756,
)  # fmt: skip
"""Of PostgreSQL's checksum of pages: what each of its sums begins with."""


def opened(configuration: Configuration, manifest: Manifest, index: int) -> bytearray:
    """One object of a backup as plain bytes."""
    plain = bytearray()
    with open_object(configuration, manifest, index) as stream:
        while data := stream.read(1 << 20):
            plain += data
    return plain


def with_changed_row(base: bytearray, old: bytes, new: bytes) -> bytearray:
    """Change a row in a base backup, and the checksums of its page, its file and the file list."""
    assert len(old) == len(new)
    files = _members(base)
    path = next(
        name
        for name, (start, size) in files.items()
        if name.startswith("base/") and old in base[start : start + size]
    )
    start, size = files[path]
    at = base.index(old, start)
    page = (at - start) // PAGE_BYTES
    first = start + page * PAGE_BYTES
    before = bytes(base[first : first + PAGE_BYTES])
    assert _stored_checksum(before) == page_checksum(before, page), "the page is understood"
    base[at : at + len(new)] = new
    after = page_checksum(bytes(base[first : first + PAGE_BYTES]), page)
    struct.pack_into("<H", base, first + CHECKSUM_AT, after)
    _renew_list(base, files["backup_manifest"], path, bytes(base[start : start + size]))
    return base


def stored_again(
    configuration: Configuration, manifest: Manifest, backup_id: str, plain: list[bytes]
) -> Manifest:
    """Encrypt other contents to the same recipients, and let manifest and ledger vouch for them."""
    store, kept = open_store(configuration.store_url), []
    to = [str(recipient) for recipient in recipients(configuration)]
    for old, content in zip(manifest.objects, plain, strict=True):
        key = old.key.replace(manifest.backup_id, backup_id)
        with store.writer(key) as writer:
            kept.append(encrypt(io.BytesIO(content), writer, key=key, recipients=to))
    forged = replace(
        manifest,
        backup_id=backup_id,
        objects=kept,
        size_bytes=sum(stored.size_bytes for stored in kept),
    )
    ledger_of(configuration).record(
        "backup", backup_id=backup_id, manifest_sha256=forged.sha256, rows=forged.rows
    )
    store.put(forged.key, forged.to_bytes())
    return forged


def page_checksum(page: bytes, number: int) -> int:
    """PostgreSQL's checksum of a page (``storage/checksum_impl.h``)."""
    blank = page[:CHECKSUM_AT] + b"\0\0" + page[CHECKSUM_AT + 2 :]
    words = struct.unpack(f"<{PAGE_BYTES // 4}I", blank)
    sums = list(_OFFSETS)
    for n, word in enumerate(words):
        sums[n % _SUMS] = _mixed(sums[n % _SUMS], word)
    result = 0
    for one in sums:
        result ^= _mixed(_mixed(one, 0), 0)
    return ((result ^ number) % 65535) + 1


def _mixed(one: int, word: int) -> int:
    mixed = one ^ word
    return (mixed * _PRIME & 0xFFFFFFFF) ^ (mixed >> 17)


def _stored_checksum(page: bytes) -> int:
    return int.from_bytes(page[CHECKSUM_AT : CHECKSUM_AT + 2], "little")


def _members(base: bytearray) -> dict[str, tuple[int, int]]:
    """Where each file's bytes lie in the archive."""
    with tarfile.open(fileobj=io.BytesIO(base)) as archive:
        return {one.name: (one.offset_data, one.size) for one in archive}


def _renew_list(base: bytearray, where: tuple[int, int], path: str, content: bytes) -> None:
    """Let the server's own list of files have the checksum of the changed file."""
    start, size = where
    text = bytes(base[start : start + size])
    entry = next(one for one in json.loads(text)["Files"] if one.get("Path") == path)
    assert entry["Checksum-Algorithm"] == "CRC32C"
    renewed = crc32c(content).to_bytes(4, "little").hex()
    line = re.compile(
        rb'("Path": "%s",.*?"Checksum": ")%s"'
        % (re.escape(path).encode(), entry["Checksum"].encode())
    )
    text, count = line.subn(rb"\g<1>%s" % renewed.encode() + b'"', text)
    assert count == 1
    body, _, _ = text.rpartition(b'"Manifest-Checksum"')
    whole = body + b'"Manifest-Checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'"}\n'
    assert len(whole) == size
    base[start : start + size] = whole


def crc32c(data: bytes) -> int:
    """The checksum of files in a server's list of them."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_CRC = tuple(_crc_of(byte) for byte in range(256))
