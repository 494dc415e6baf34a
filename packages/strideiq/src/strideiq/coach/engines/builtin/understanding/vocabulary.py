"""Words that questions of runners are made of: short forms, ordinary words, and telling ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

_WORDS = files("strideiq.coach.engines.builtin.understanding") / "words"


def lines_of(name: str) -> list[str]:
    """The lines of a list of words, without the empty ones."""
    text = (_WORDS / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip()]


def _words(name: str) -> frozenset[str]:
    return frozenset(" ".join(lines_of(name)).split())


def _short_forms() -> Mapping[str, str]:
    pairs = (line.split("=", 1) for line in lines_of("short_forms"))
    return {short.strip(): written.strip() for short, written in pairs}


SHORT_FORMS: Mapping[str, str] = _short_forms()
"""What a short form stands for, written out."""

ORDINARY_WORDS = _words("ordinary") | frozenset(
    re.findall(r"(?<!\\)[a-z]{4,}", " ".join(lines_of("concepts")))
)
"""Words that are right as they stand, so that none of them is taken for a typing error."""

TELLING_WORDS = _words("telling")
"""Words that tell of what a question asks; a typing error is mended to one of these."""

NO_NAMES = _words("no_names")
"""Words of questions that are never a run's name."""
