"""The texts within a value that has parts: a document, a record, a text in which an address stands.

Read here and not by PostgreSQL, which cannot take every ``json`` apart that it stores; and without
building the document, which may be as deep as anybody likes.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

# Within longer texts: what tells who somebody is by itself. See CONTENTS in personal.py.
_ADDRESS = re.compile(rb"[^\s@<>()\[\],;:\"']{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,63}")
_NUMBER = re.compile(
    rb"\+\d[\d ()/.-]{7,20}\d"
    rb"|(?<![\w.,+-])0[1-9]\d{1,4}[ /.-]{0,2}\d{3,4}[ .-]?\d{2,5}(?!\w)"
    rb"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
    rb"|(?<!\w)[A-Z]{2}\d{2}[A-Z0-9]{11,30}(?!\w)"
)
_PERHAPS_NUMBER = re.compile(rb"\d{3}|\d\.\d")
_TOKEN = re.compile(
    rb'"(?P<text>(?:[^"\\]|\\.)*)"(?P<key>\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?', re.DOTALL
)
_PLAIN_WORD = re.compile(rb"[A-Za-z$]*\d{0,2}([_-][A-Za-z$]*\d{0,2})*")
"""What a key of a document most often is: a name that the programme gave, and nobody's own."""
_TAG = re.compile(r"<[^>]*>")
_ATTRIBUTE = re.compile(r"""=\s*(?:"([^"]*)"|'([^']*)')""")


def texts_of_json(document: bytes) -> Iterator[bytes]:
    """Take every text and number out of a valid document, and its keys but for plain words.

    However deep it is, and what key it has twice; each as often as it is there.
    """
    for found in _TOKEN.finditer(document):
        if (text := found["text"]) is None:
            yield found[0]
            continue
        if b"\\" in text:
            text = json.loads(b'"%b"' % text, strict=False).encode("utf-8", "surrogatepass")
        if found["key"] is None or not _PLAIN_WORD.fullmatch(text):
            yield text


def texts_of_xml(document: bytes) -> Iterator[bytes]:
    """Take the texts and the attributes' values out of XML."""
    whole = document.decode("utf-8", "replace")
    attributes = [
        one or other for tag in _TAG.findall(whole) for one, other in _ATTRIBUTE.findall(tag)
    ]
    for text in (*_TAG.split(whole), *attributes):
        if stripped := html.unescape(text).strip():
            yield stripped.encode()


def telling_within(text: bytes) -> list[bytes]:
    """Find addresses, numbers of phones and accounts in a longer text."""
    found = _ADDRESS.findall(text) if b"@" in text else []
    if _PERHAPS_NUMBER.search(text):
        found += _NUMBER.findall(text)
    return [one for one in found if len(one) < len(text)]
