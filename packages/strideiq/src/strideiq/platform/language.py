"""The language of the answer that is being made: gettext, with one catalogue for each language.

Sentences are written in English where they are used, as ``_("…")`` in code and in templates. A
catalogue is ``locale/<language>.po``; it is read when its language is first asked for, and
whatever it lacks is shown in English.
"""

from __future__ import annotations

import gettext as standard
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""The languages that a page can be in, by code, each in its own words."""

SOURCE = "en"
"""The language that the sentences are written in."""

_LOCALE = Path(__file__).parent / "locale"
_current: ContextVar[str] = ContextVar("language", default=SOURCE)


def use(language: str) -> None:
    """Make the answers of this request in a language; an unknown one is English."""
    _current.set(language if language in LANGUAGES else SOURCE)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use another language for a while, whatever the request is answered in."""
    before = _current.set(language if language in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _current.reset(before)


def current() -> str:
    """The code of the language in use, for example ``en``."""
    return _current.get()


def gettext(message: str) -> str:
    """A sentence in the language in use; callers name it ``_``."""
    # A catalogue's entry for the empty message is its own head.
    return _catalogue(_current.get()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    """A sentence for one or for many, in the language in use."""
    return _catalogue(_current.get()).ngettext(singular, plural, number)


def marked(message: str) -> str:
    """Mark a sentence for the catalogues that is translated only where it is shown."""
    return message


def inside(word: str) -> str:
    """A label as it stands within a sentence; German nouns keep their capital there."""
    return word.lower() if _current.get() == SOURCE else word


def accepted(header: str) -> str:
    """The language that a browser likes best of those that there are (``Accept-Language``)."""
    wishes: list[tuple[float, str]] = []
    for wish in header.split(","):
        code, _, quality = wish.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        wishes.append((weight, code.partition("-")[0].lower()))
    known = [(weight, code) for weight, code in wishes if code in LANGUAGES and weight > 0]
    return max(known, key=lambda wish: wish[0])[1] if known else SOURCE


@cache
def _catalogue(language: str) -> standard.NullTranslations:
    if language == SOURCE:
        return standard.NullTranslations()
    # babel costs a tenth of a second, which no command and no page in English should pay.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    compiled = BytesIO()
    with (_LOCALE / f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return standard.GNUTranslations(compiled)
