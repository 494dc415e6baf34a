r"""One form for a text, in whatever way it is written.

The same name is ``Sean O'Connor``, ``Sean O''Connor`` in a definition, ``SEAN O\'CONNOR`` in a
script, ``Ren\u00e9e`` in JSON, ``ren\303\251e`` in bytes, ``ren%C3%A9e`` in an address. Rather than
look for each of them, data and values are both brought to one form, so that each value is looked
for once: in small letters, without escapes, and no quote or backslash doubled.

Two depths of it: ``folded`` costs nothing and moves nothing; ``plain`` undoes the writing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_LAST_LETTER = 0x2000
"""Up to here are the letters of Latin, Greek, Cyrillic, Armenian and Georgian writing."""


def _capitals() -> dict[bytes, bytes]:
    """Map each capital letter that ASCII does not have to its small one."""
    letters = (chr(number) for number in range(0x80, _LAST_LETTER))
    return {
        one.encode(): one.lower().encode()
        for one in letters
        if one.lower() != one and len(one.lower()) == 1
    }


def _any_of(values: dict[bytes, bytes]) -> bytes:
    """Match any of these, by their last byte where they begin alike: the search is for a few."""
    endings: dict[bytes, bytes] = {}
    for value in values:
        endings[value[:-1]] = endings.get(value[:-1], b"") + re.escape(value[-1:])
    return b"|".join(re.escape(begin) + b"[" + ends + b"]" for begin, ends in endings.items())


_CAPITALS = _capitals()
_CAPITAL = re.compile(_any_of(_CAPITALS))
# Each branch begins with a byte of its own: the pattern is looked for in every byte of a cluster.
_ESCAPED = (
    rb"""\\(?:\\*(?:u[0-9A-Fa-f]{4}(?:\\+u[0-9A-Fa-f]{4})*|[0-3][0-7]{2}(?:\\+[0-3][0-7]{2})*"""
    rb"""|"(?:\\*")*|'(?:\\*')*|[ntrbfv/])|\\+)"""
    rb"""|"(?:\\*")+|'(?:\\*')+"""
    rb"""|&(?:amp|lt|gt|quot|apos|\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6});"""
    rb"""|%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*"""
)
_ESCAPE = re.compile(_ESCAPED)
_WRITTEN = re.compile(_ESCAPED + b"|" + _CAPITAL.pattern)


def folded(data: bytes) -> bytes:
    """Return data in small letters, as far as each byte tells for itself; nothing moves."""
    return data.lower()


def plain(data: bytes) -> bytes:
    """Return data in small letters, without escapes and doubled signs."""
    return _WRITTEN.sub(_meant, data).lower()


def forms_of(value: bytes) -> tuple[bytes, ...]:
    """Return what to look for, to find a value in data at either depth; most often once."""
    small = value.lower()
    if value.isascii() and not (
        b"\\" in value or b"&" in value or b"%" in value or b"''" in value or b'""' in value
    ):  # millions of values come by here, and next to none is written with any of these
        return (small,)
    undone = plain(value)
    return (small,) if undone == small else (small, undone)


def rewritten(data: bytes, around: int) -> bytes:
    """Return what ``plain`` changes in data, each with so many bytes before and after it."""
    data = data.rstrip(b"\0")  # much of a cluster is room that was never written to
    parts = [
        plain(data[max(0, begin - around) : end + around]) for begin, end in _escapes(data, around)
    ]
    if not data.isascii() and (capitals := [one.span() for one in _CAPITAL.finditer(data)]):
        small = _CAPITAL.sub(_small, data).lower()
        parts += [small[max(0, begin - around) : end + around] for begin, end in capitals]
    return b"\0".join(parts)


def _escapes(data: bytes, apart: int) -> Iterator[tuple[int, int]]:
    """Tell where escapes are, those that stand close together at once."""
    begin = end = -1
    for match in _ESCAPE.finditer(data):
        if begin < 0 or match.start() - end >= apart:
            if begin >= 0:
                yield begin, end
            begin = match.start()
        end = match.end()
    if begin >= 0:
        yield begin, end


def _small(match: re.Match[bytes]) -> bytes:
    return _CAPITALS[match[0]]


def _meant(match: re.Match[bytes]) -> bytes:
    written = match[0]
    if written in _CAPITALS:
        return _CAPITALS[written]
    body = written.lstrip(b"\\")
    first = body[:1]
    if first in b"\"'/\\":  # also where there is no body, of backslashes alone
        return first or b"\\"
    if first in _ESCAPES and len(body) == 1:
        return _ESCAPES[first]
    return _CAPITAL.sub(_small, _decoded(first, body, written))


def _decoded(first: bytes, body: bytes, written: bytes) -> bytes:
    if first == b"u":
        units = bytes.fromhex(re.sub(rb"\\+u|^u", b"", body).decode())
        return units.decode("utf-16-be", "replace").encode()
    if first == b"&":
        return html.unescape(written.decode()).encode()
    if first == b"%":
        return bytes.fromhex(written.replace(b"%", b"").decode())
    return bytes(int(octal, 8) for octal in re.split(rb"\\+", body))
