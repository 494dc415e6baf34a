"""Watch an archive in tar format pass, and keep a copy of one small member.

The server puts the list of all files of a base backup (``backup_manifest``) at the end of its
archive. The next incremental backup needs that list, so it is read on its way.
"""

from __future__ import annotations

BLOCK_BYTES = 512
NAME, SIZE = slice(0, 100), slice(124, 136)
KEPT_MAX_BYTES = 1 << 30
BINARY_SIZE = 0x80
"""Sizes of 8 GiB and more are written as a number in base 256, marked by this bit."""


class TarWatcher:
    """Takes the bytes of an archive piece by piece, in constant memory but for what is kept."""

    def __init__(self, member: str) -> None:
        self.content: bytes | None = None
        """The member's bytes, once it has passed whole."""
        self._member = member.encode()
        self._pending = bytearray()
        self._skipping = 0
        self._keeping: bytearray | None = None
        self._left = 0

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        view = memoryview(data)
        while view:
            if self._left:
                view = self._body(view)
            elif self._skipping:
                step = min(self._skipping, len(view))
                self._skipping -= step
                view = view[step:]
            else:
                step = BLOCK_BYTES - len(self._pending)
                self._pending += view[:step]
                view = view[step:]
                if len(self._pending) == BLOCK_BYTES:
                    self._header(bytes(self._pending))
                    self._pending.clear()

    def _body(self, view: memoryview) -> memoryview:
        step = min(self._left, len(view))
        if self._keeping is not None:
            self._keeping += view[:step]
        self._left -= step
        if not self._left and self._keeping is not None:
            self.content, self._keeping = bytes(self._keeping), None
        return view[step:]

    def _header(self, header: bytes) -> None:
        name = header[NAME].rstrip(b"\0")
        if not name:
            return  # the two empty blocks at the end
        size = _size(header[SIZE])
        self._left, self._skipping = size, -size % BLOCK_BYTES
        if name == self._member and size <= KEPT_MAX_BYTES:
            self.content, self._keeping = (None, bytearray()) if size else (b"", None)


def _size(field: bytes) -> int:
    if field[0] & BINARY_SIZE:
        return int.from_bytes(field, "big") & ~(BINARY_SIZE << 88)
    return int(field.rstrip(b" \0") or b"0", 8)
