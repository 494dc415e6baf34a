"""XML from strangers: no entities, no network, and what is left of damaged documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import nan

import numpy as np
from lxml import etree

from strideiq.imports.parsers.assembly import Floats
from strideiq.imports.parsers.parsed import UnreadableFileError


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def read(content: bytes, kind: str) -> tuple[etree._Element, str | None]:
    """The root of the document, and what is damaged in it; None when it is whole.

    Raises:
        UnreadableFileError: it declares entities or a document type, or nothing can be read.
    """
    damage = None
    try:
        root = etree.fromstring(content, _parser(recover=False))
    except etree.XMLSyntaxError as error:
        damage = f"the XML is damaged: {error.msg}"
        root = _recovered(content, kind, damage)
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableFileError(
            f"This {kind.upper()} file declares a document type or entities, which no recording "
            "needs and which can be used to attack a reader; it was not read.",
            format=kind,
        )
    return root, damage


def _recovered(content: bytes, kind: str, damage: str) -> etree._Element:
    try:
        root = etree.fromstring(content, _parser(recover=True))
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise UnreadableFileError(f"Nothing could be read: {damage}.", format=kind)
    return root


def name_of(element: etree._Element) -> str:
    """The element's name without its namespace; empty for what is not an element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def text_of(element: etree._Element, *path: str) -> str | None:
    """The text at the end of a path of child names, in whatever namespace."""
    found: etree._Element | None = element
    for step in path:
        found = None if found is None else found.find(f"{{*}}{step}")
    text = None if found is None else found.text
    return text.strip() or None if text else None


def number_of(element: etree._Element, *path: str) -> float | None:
    """The number at the end of a path; None when there is none."""
    value = to_number(text_of(element, *path))
    return value if np.isfinite(value) else None


def to_number(text: str | None) -> float:
    """A number as written; NaN when it is none."""
    try:
        return float(text) if text else nan
    except ValueError:
        return nan


def to_seconds(text: str | None) -> float:
    """A time as written, in seconds since 1970; without a time zone it is UTC; NaN when none."""
    try:
        moment = datetime.fromisoformat(text.strip()) if text else None
        if moment is None:
            return nan
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return nan


def columns(points: list[Mapping[str, float]], channels: tuple[str, ...]) -> dict[str, Floats]:
    """Points as one array per channel, NaN where a point lacks it."""
    return {
        channel: np.array([point.get(channel, nan) for point in points], dtype=np.float64)
        for channel in channels
    }
