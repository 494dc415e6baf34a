"""What a file is, by its content and never by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping

FORMATS = ("fit", "gpx", "tcx")

ROW = "strava row"
ROW_BEGINS = b"# one activity of a Strava export, from its activities.csv"
"""The first line of a row of an export's list that is kept as an original of its own."""

SIZE_MAX_BYTES = 64 * 1024 * 1024
"""The most that a file may hold, also after unpacking; a day at ten samples a second fits."""

_XML_BEGINNINGS = ("<", "\ufeff<")
_BEGINNING_BYTES = 4096
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


def _text(beginning: bytes) -> str:
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return beginning.decode("utf-16", errors="replace")
    return beginning.decode("utf-8", errors="replace")
