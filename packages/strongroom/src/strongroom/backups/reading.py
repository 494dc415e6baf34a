"""Read whole objects for their sha256, in constant memory, and say how far the work is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from strongroom.progress import Progress
from strongroom.storage import ObjectStore

PIECE_BYTES = 1 << 20
TASK = "fsck.data"


class Reading:
    """Counts what was read against what there is to read."""

    def __init__(self, progress: Progress, total_bytes: int) -> None:
        self._progress, self._total_bytes = progress, total_bytes
        self.read_bytes = 0

    def sha256(self, store: ObjectStore, key: str) -> tuple[str, int]:
        """Read one object to its end; return its hash and size."""
        digest, size_bytes = hashlib.sha256(), 0
        for piece in pieces_of(store, key):
            digest.update(piece)
            size_bytes += len(piece)
            self._tell(len(piece))
        return digest.hexdigest(), size_bytes

    def get(self, store: ObjectStore, key: str) -> bytes:
        """Read a small object."""
        data = store.get(key)
        self._tell(len(data))
        return data

    def _tell(self, more_bytes: int) -> None:
        self.read_bytes += more_bytes
        total = max(self._total_bytes, self.read_bytes)
        self._progress.amount(TASK, self.read_bytes, total, "bytes")


def pieces_of(store: ObjectStore, key: str) -> Iterator[bytes]:
    """An object's bytes, piece by piece."""
    with store.open(key) as stream:
        while piece := stream.read(PIECE_BYTES):
            yield piece
