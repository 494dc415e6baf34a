"""A part of the home page, as any feature may give one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A template, and what it finds there under the name ``given``.

    The template begins with an ``h2`` and draws no frame: the home page does.
    """

    template: str
    context: Mapping[str, object]
    style: str | None = None
    """A style sheet that the template needs, as ``feature/file.css``."""
