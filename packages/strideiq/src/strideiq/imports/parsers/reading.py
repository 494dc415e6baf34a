"""From a file of any format that we know to the activities in it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from strideiq.imports.parsers import fit, formats, gpx, strava_row, tcx
from strideiq.imports.parsers.formats import SIZE_MAX_BYTES
from strideiq.imports.parsers.parsed import ParsedFile, UnreadableFileError

_PARSERS: Mapping[str, Callable[[bytes], ParsedFile]] = {
    "fit": fit.parse,
    "gpx": gpx.parse,
    "tcx": tcx.parse,
    formats.ROW: strava_row.parse,
}
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"


def parse(name: str, content: bytes) -> ParsedFile:
    """Read a file of any format that we know, gzip-packed or not.

    Raises:
        UnreadableFileError: with the reason, and with what the file is or claims to be.
    """
    if not content:
        raise UnreadableFileError("The file is empty.")
    claimed = formats.claimed(name)
    if content.startswith(_GZIP):
        content = _unpacked(content, claimed)
    kind = formats.detect(content)
    if kind is None:
        raise UnreadableFileError(_why_not(content, claimed), format=claimed)
    return _with_duration(_PARSERS[kind](content))


def _with_duration(parsed: ParsedFile) -> ParsedFile:
    """The activities in which time passes; a single point is none."""
    lasting = tuple(each for each in parsed.activities if each.elapsed_s > 0)
    if not lasting:
        raise UnreadableFileError(
            "The file holds a single moment: no time passes in it, so it is no activity.",
            format=parsed.format,
        )
    return replace(parsed, activities=lasting)


def _unpacked(content: bytes, claimed: str | None) -> bytes:
    """The content of a gzip file, at most as much as any file may have.

    A packed file that ends too early gives what there is of it: its parser will say so.
    """
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(content, SIZE_MAX_BYTES + 1)
    except zlib.error as error:
        raise UnreadableFileError(
            f"The gzip file cannot be unpacked: {error}.", format=claimed
        ) from error
    if len(unpacked) > SIZE_MAX_BYTES:
        raise UnreadableFileError(
            f"The file unpacks to more than {SIZE_MAX_BYTES // 2**20} MB, which no recording needs."
        )
    return unpacked


def _why_not(content: bytes, claimed: str | None) -> str:
    if content.startswith(_ZIP):
        return "A zip archive, not a sports file; import it as a file of its own."
    if claimed:
        return f"The file is called .{claimed}, but its content is not {claimed.upper()}."
    return "Not a sports file: neither FIT nor GPX nor TCX."
