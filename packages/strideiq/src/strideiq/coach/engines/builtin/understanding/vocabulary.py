"""Words that questions of runners are made of: short forms, ordinary words, and telling ones."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

_WORDS = files("strideiq.coach.engines.builtin.understanding") / "words"


def _words(name: str) -> frozenset[str]:
    return frozenset((_WORDS / f"{name}.txt").read_text(encoding="utf-8").split())


def _short_forms() -> Mapping[str, str]:
    lines = (_WORDS / "short_forms.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if line)
    return {short.strip(): written.strip() for short, written in pairs}


SHORT_FORMS: Mapping[str, str] = _short_forms()
"""What a short form stands for, written out."""

ORDINARY_WORDS = _words("ordinary")
"""Words that are right as they stand, so that none of them is taken for a typing error."""

TELLING_WORDS = _words("telling")
"""Words that tell of what a question asks; a typing error is mended to one of these."""

NO_NAMES = _words("no_names")
"""Words of questions that are never a run's name."""
