"""What kind of FIT file this is, from its first message, without reading the rest."""

from __future__ import annotations

ACTIVITY = 4
_KIND_BITS, _DEFINITION, _HAS_DEVELOPER_FIELDS = 0xC0, 0x40, 0x20
_FIXED_BYTES = 6
"""Record header, reserved, byte order, number of the message (two), number of fields."""


def kind_of(content: bytes) -> int | None:
    """The ``type`` of the file's first message (4 is an activity); None when it does not say."""
    if content[8:12] != b".FIT":
        return None
    at = content[0]
    head = content[at : at + _FIXED_BYTES]
    if len(head) < _FIXED_BYTES or head[0] & _KIND_BITS != _DEFINITION or any(head[3:5]):
        return None
    fields = head[5]
    layout = content[at + _FIXED_BYTES : at + _FIXED_BYTES + 3 * fields]
    data = at + _FIXED_BYTES + 3 * fields
    if head[0] & _HAS_DEVELOPER_FIELDS:
        data += 1 + 3 * (content[data] if data < len(content) else 0)
    offset = data + 1
    for number, size, _ in zip(layout[::3], layout[1::3], layout[2::3], strict=False):
        if number == 0:
            return content[offset] if size == 1 and offset < len(content) else None
        offset += size
    return None
