"""What a file is, by its content and never by its name, and whether all of it is there."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping

FORMATS = ("fit", "gpx", "tcx")

ROW = "strava row"
ROW_BEGINS = b"# one activity of a Strava export, from its activities.csv"
"""The first line of a row of an export's list that is kept as an original of its own."""

SIZE_MAX_BYTES = 64 * 1024 * 1024
"""The most that a file may hold, also after unpacking; a day at ten samples a second fits."""

_XML_BEGINNINGS = ("<", "\ufeff<")
_BEGINNING_BYTES = 4096
_ENDING_BYTES = 400
_ENDS = re.compile(rb"</(\w+:)?(gpx|TrainingCenterDatabase|Activities)\s*>\s*\Z")
_ROOTS: Mapping[str, re.Pattern[str]] = {
    "gpx": re.compile(r"<(\w+:)?gpx[\s>]"),
    "tcx": re.compile(r"<(\w+:)?(TrainingCenterDatabase|Activities)[\s>]"),
}


def detect(content: bytes) -> str | None:
    """``fit``, ``gpx``, ``tcx``, or a row of a list; None when the content is none of them."""
    if content[8:12] == b".FIT":
        return "fit"
    if content.startswith((ROW_BEGINS, b'"' + ROW_BEGINS)):
        return ROW
    beginning = _text(content[:_BEGINNING_BYTES]).lstrip()
    if not beginning.startswith(_XML_BEGINNINGS):
        return None
    return next((kind for kind, root in _ROOTS.items() if root.search(beginning)), None)


def claimed(name: str) -> str | None:
    """The format that a file's name promises; None when it promises none of ours."""
    suffixes = name.casefold().removesuffix(".gz").rpartition(".")
    return suffixes[2] if suffixes[1] and suffixes[2] in FORMATS else None


def looks_whole(content: bytes) -> bool:
    """Whether a recording ends as its format says; what is no recording is whole anyhow."""
    if content.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            unpacker.decompress(content, SIZE_MAX_BYTES)
        except zlib.error:
            return True  # It is damaged, and no waiting mends it.
        return unpacker.eof
    if content[8:12] == b".FIT":
        (size_bytes,) = struct.unpack_from("<I", content, 4)
        return bool(size_bytes) and len(content) >= content[0] + int(size_bytes) + 2
    if content[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \r\n\t").startswith(b"<"):
        # Nothing but ASCII is looked for, so that UTF-16 needs only its zeros taken out.
        return _ENDS.search(content[-_ENDING_BYTES:].replace(b"\x00", b"")) is not None
    return True


def _text(beginning: bytes) -> str:
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return beginning.decode("utf-16", errors="replace")
    return beginning.decode("utf-8", errors="replace")
