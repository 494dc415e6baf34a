"""The catalogues beside the sentences: nothing untranslated, no placeholder lost, dates right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from strideiq.platform import language
from strideiq.platform.dates import FORMS, dated
from strideiq.platform.formats import Formats

PACKAGE = Path(language.__file__).parents[1]
CONFIGURATION = Path(__file__).parents[2] / "babel.cfg"
TRANSLATED = [code for code in language.LANGUAGES if code != language.SOURCE]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%-?[aAbBdY]\b|\{\w+(?:![a-z])?\}")
SUNDAY = datetime(2026, 3, 22, 7, 12, tzinfo=UTC)

Message = str | tuple[str, ...]


def catalogue(code: str) -> Catalog:
    with (PACKAGE / "platform" / "locale" / f"{code}.po").open("rb") as source:
        return read_po(source, locale=code)


def texts(message: Message) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


@pytest.fixture
def speaking() -> Iterator[Callable[[str], None]]:
    yield language.use
    language.use(language.SOURCE)


@pytest.fixture(scope="module")
def said() -> set[Message]:
    """Every sentence that code and templates mark, as “make translations” finds them."""
    with CONFIGURATION.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(
        PACKAGE,
        methods,
        options,
        keywords={**DEFAULT_KEYWORDS, "marked": None, "OutsideModelError": None},
    )
    return {message for _file, _line, message, _comments, _context in found}


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_is_in_the_catalogue_and_nothing_else(code: str, said: set[Message]) -> None:
    known = {message.id for message in catalogue(code) if message.id}
    assert len(said) > 1000
    assert said - known == set(), "run “make translations” and translate what is new"
    assert known - said == set(), "run “make translations”: these are said no more"


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_is_translated_for_certain(code: str) -> None:
    entries = [message for message in catalogue(code) if message.id]
    assert [one.id for one in entries if one.fuzzy or not all(texts(one.string))] == []
    plural = [one for one in entries if one.pluralizable]
    assert plural
    assert all(len(one.string) == catalogue(code).num_plurals for one in plural)


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_have_the_placeholders_of_their_sentence(code: str) -> None:
    wrong = [
        message.id
        for message in catalogue(code)
        if message.id and not _agrees(texts(message.id), texts(message.string))
    ]
    assert wrong == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_keep_the_blanks_around_a_sentence(code: str) -> None:
    """Sentences are put together with figures, so that a blank lost is two words in one."""
    edges = [
        message.id
        for message in catalogue(code)
        if message.id
        for text in texts(message.string)
        if _blanks(text) != _blanks(texts(message.id)[0])
    ]
    assert edges == []


def test_days_are_written_as_each_language_does(speaking: Callable[[str], None]) -> None:
    f = Formats()
    assert f.long_date(SUNDAY) == "Sunday 22 March 2026"
    assert f.date(SUNDAY) == "Sun 22 Mar 2026"
    speaking("de")
    assert f.long_date(SUNDAY) == "Sonntag, 22. März 2026"
    assert f.date(SUNDAY) == "So, 22. Mär 2026"
    assert dated(SUNDAY, "%B") == "März"
    assert f.ago(SUNDAY, datetime(2026, 3, 25, 7, 12, tzinfo=UTC)) == "vor 3 Tagen"


@pytest.mark.parametrize("form", [*FORMS, "%a", "%A", "%b", "%B", "%Y"])
def test_english_days_are_those_of_strftime(form: str) -> None:
    assert dated(SUNDAY, form) == SUNDAY.strftime(form)


def test_a_stranger_whose_browser_asks_for_german_reads_german(
    new_browser: Callable[..., Any],
) -> None:
    client = new_browser().client
    page = client.get("/sign-in", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}).text
    assert '<html lang="de">' in page
    assert "<h1>Anmelden</h1>" in page
    assert "Zum Inhalt springen" in page
    assert "<h1>Sign in</h1>" in client.get("/sign-in", headers={"Accept-Language": "fr"}).text


def test_an_athlete_who_prefers_german_reads_german_whatever_the_browser_asks_for(
    new_browser: Callable[..., Any],
) -> None:
    browser = new_browser("robin@example.com")
    wishes = {"name": "Robin", "units": "metric", "time_zone": "UTC", "language": "de"}
    assert "Deutsch" in browser.get("/preferences").text
    browser.post("/preferences", wishes)
    for path, words in {
        "/": ("Willkommen, Robin.", "Bring mit, was du gelaufen bist", "Bestzeiten"),
        "/activities": ("Dein Tagebuch beginnt mit einer Datei",),
        "/bests": ("Deine Bestzeiten kommen aus deinen Läufen",),
        "/wellness": ("Ruheherzfrequenz", "Muskelkater"),
        "/nowhere": ("Hier ist nichts", "Zur ersten Seite"),
    }.items():
        page = browser.get(path).text
        assert '<html lang="de">' in page
        assert [word for word in words if word not in page] == [], path


def _agrees(said: tuple[str, ...], translated: tuple[str, ...]) -> bool:
    """Each form has what one of the English ones has, and the last, for many, what that one has."""
    wanted = [_parts(text) for text in said]
    given = [_parts(text) for text in translated]
    return given[-1] == wanted[-1] and all(one in wanted for one in given)


def _parts(text: str) -> frozenset[tuple[str, int]]:
    return frozenset(Counter(PLACEHOLDER.findall(text)).items())


def _blanks(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def test_errors_of_physiology_and_the_words_of_charts_are_in_the_readers_language(
    new_browser: Any,
) -> None:
    client = new_browser("runner@example.com").client
    german = {"Accept-Language": "de"}
    page = client.get("/paces?race=5km&time=4:00", headers=german)
    assert "schneller, als je ein Mensch diese Distanz gelaufen ist" in page.text
    page = client.get("/grade-and-heat?pace=5:00&grade=0&air=90&humidity=50", headers=german)
    assert "Eine Lufttemperatur liegt zwischen" in page.text
