"""Which language a page is in, and what a catalogue gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from strideiq.platform import language

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Yesterday"
msgstr "Gestern"

msgid "%(num)d run"
msgid_plural "%(num)d runs"
msgstr[0] "%(num)d Lauf"
msgstr[1] "%(num)d Läufe"
"""


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "de.po").write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(language, "_LOCALE", tmp_path)
    monkeypatch.setattr(language, "LANGUAGES", {"en": "English", "de": "Deutsch"})
    language._catalogue.cache_clear()
    yield
    language._catalogue.cache_clear()


@pytest.mark.usefixtures("german")
def test_sentences_come_from_the_catalogue_and_what_it_lacks_is_english() -> None:
    language.use("de")
    try:
        assert language.gettext("Yesterday") == "Gestern"
        assert language.ngettext("%(num)d run", "%(num)d runs", 2) == "%(num)d Läufe"
        assert language.gettext("Tomorrow") == "Tomorrow"
        assert language.gettext("") == ""
        language.use("xx")
        assert language.gettext("Yesterday") == "Yesterday"
    finally:
        language.use("en")


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("de-CH,de;q=0.9,en;q=0.5", "de"),
        ("fr,en;q=0.7,de;q=0.2", "en"),
        ("fr", "en"),
        ("", "en"),
        ("de;q=abc", "en"),
        ("de;q=0", "en"),
    ],
)
def test_a_browser_gets_the_best_language_of_those_there_are(header: str, code: str) -> None:
    assert language.accepted(header) == code
