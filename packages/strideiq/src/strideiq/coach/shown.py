"""An answer as the page shows it: sentences with their sources, looks as tables, charts, notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from strideiq.coach import facts
from strideiq.coach.pictures import Picture, pictures
from strideiq.coach.reading import PieceView, TurnView
from strideiq.platform.dates import dated
from strideiq.platform.formats import Formats, duration_text

COLUMNS_MAX = 7
SPELT = {"Check in": "Check-in", "Hrv": "HRV", " hrv": " HRV"}
UNITS = {
    "_bpm": "bpm", "_spm": "spm", "_w": "W", "_kcal": "kcal", "_c": "°C", "_kg": "kg", "_g": "g",
    "_ml": "ml", "_ms": "ms", "_percent": "%", "_h": "h",
}  # fmt: skip
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Source:
    """A row that a sentence rests on, with all that is said of it there."""

    name: str
    said: str
    address: str
    formula_version: int | None


@dataclass(frozen=True)
class Cell:
    """A place in the table of a look."""

    text: str
    address: str = ""
    number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows that have the same columns."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Look:
    """A tool that was run, as something to open."""

    title: str
    asked: str
    tables: tuple[Table, ...] = ()
    rows: int = 0
    missing: str = ""
    cut_off: bool = False


@dataclass(frozen=True)
class Part:
    """One sentence with its sources, or that another engine went on."""

    position: int
    sentence: str = ""
    sources: tuple[Source, ...] = ()
    fallen: Mapping[str, str] | None = None


@dataclass(frozen=True)
class AnswerView:
    """Everything that stands below a question."""

    turn: TurnView
    looks: tuple[Look, ...] = ()
    pictures: tuple[Picture, ...] = ()
    withheld: int = 0
    offer: str | None = None
    """What the athlete stated in the question and may have kept."""
    parts: tuple[Part, ...] = ()


def answer(turn: TurnView, formats: Formats, known: frozenset[str] = frozenset()) -> AnswerView:
    """An answer as far as it has come; ``known`` are the facts that need not be offered again."""
    looks = turn.of_kind("looked")
    cited = frozenset(
        cited["evidence_id"] for said in turn.of_kind("said") for cited in said["citations"]
    )
    offer = facts.statement_in(turn.question)
    return AnswerView(
        turn,
        tuple(look(one, formats) for one in looks),
        tuple(pictures(looks, cited, metric=formats.metric)) if cited else (),
        len(turn.of_kind("withheld")),
        None if offer in known else offer,
        tuple(part(one) for one in turn.pieces if one.kind in {"said", "fallen"}),
    )


def part(piece: PieceView) -> Part:
    """A piece that stands in the answer itself."""
    if piece.kind == "fallen":
        return Part(piece.position, fallen=piece.content)
    return Part(piece.position, piece.content["sentence"], _sources(piece.content))


def _sources(said: dict[str, Any]) -> tuple[Source, ...]:
    """Each row once, in the order of the sentence."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for cited in said["citations"]:
        rows.setdefault((cited["kind"], cited["row_id"]), []).append(cited)
    return tuple(
        Source(
            _row_name(every[0]),
            ", ".join(dict.fromkeys(one["said"] for one in every)),
            every[0]["address"] if every[0]["address"].startswith("/") else "",
            every[0]["formula_version"],
        )
        for every in rows.values()
    )


def _row_name(cited: dict[str, Any]) -> str:
    kind = _words(str(cited["kind"]))
    name = str(cited["name"] or "")
    when = _days(cited["first_day"], cited["last_day"])
    if name:
        return f"{name}, {when}" if when else name
    return f"{kind} {when}".strip()


def _days(first: str | None, last: str | None) -> str:
    if not first:
        return ""
    begin = dated(date.fromisoformat(first), "%-d %b %Y")
    if not last or last == first:
        return begin
    end = dated(date.fromisoformat(last), "%-d %b %Y")
    return f"{dated(date.fromisoformat(first), '%-d %b')} \N{EN DASH} {end}"


def look(looked: dict[str, Any], formats: Formats) -> Look:
    """A run of a tool as tables: rows of different kinds stand apart."""
    by_shape: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in looked["rows"]:
        by_shape.setdefault(tuple(row), []).append(row)
    return Look(
        _words(looked["tool"]),
        ", ".join(
            f"{_words(name).lower()} {value}"
            for name, value in looked["arguments"].items()
            if value not in (None, "", [], False)
        ),
        tuple(_table(rows, looked["columns"], formats) for rows in by_shape.values()),
        len(looked["rows"]),
        looked["missing"],
        looked["cut_off"],
    )


def _table(rows: list[dict[str, Any]], order: list[str], formats: Formats) -> Table:
    names = _columns(rows, order)
    return Table(
        tuple(Cell(_heading(name), number=_is_number(rows, name)) for name in names),
        tuple(tuple(_cell(row, name, formats) for name in names) for row in rows),
    )


def _columns(rows: list[dict[str, Any]], order: list[str]) -> list[str]:
    useful = [
        name
        for name in order
        if not name.endswith("_id") and any(row.get(name) not in (None, "") for row in rows)
    ]
    return useful[:COLUMNS_MAX]


def _words(name: str) -> str:
    words = name.replace("_", " ").strip().capitalize()
    for plain, spelt in SPELT.items():
        words = words.replace(plain, spelt)
    return words


def _heading(name: str) -> str:
    for end in ("_s_per_km", "_s_per_m", "_m", "_s", *UNITS):
        if name.endswith(end):
            return _words(name.removesuffix(end))
    return _words(name)


def _is_number(rows: list[dict[str, Any]], name: str) -> bool:
    return any(isinstance(row.get(name), int | float) for row in rows)


def _cell(row: dict[str, Any], name: str, formats: Formats) -> Cell:
    value = row.get(name)
    address = ""
    if name == "name" and (activity_id := row.get("activity_id")):
        address = f"/activities/{UUID(str(activity_id))}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Cell(_text(name, value, formats), address, number)


def _text(name: str, value: object, formats: Formats) -> str:
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, str) and _DAY.fullmatch(value):
        return dated(date.fromisoformat(value), "%-d %b %Y")
    if isinstance(value, int | float):
        return _figure(name, float(value), formats)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def _figure(name: str, value: float, formats: Formats) -> str:
    if name.endswith("_s_per_km"):
        return f"{duration_text(value * formats.long_distance_m / 1000)} /{formats.long_unit}"
    if name.endswith("_s"):
        return duration_text(value)
    if name.endswith("_m"):
        if "distance" in name:
            return f"{value / formats.long_distance_m:,.2f} {formats.long_unit}"
        return f"{value / formats.height_m:,.0f} {formats.short_unit}"
    for end, unit in UNITS.items():
        if name.endswith(end):
            return f"{value:,.4g} {unit}"
    return f"{value:,.4g}" if value != int(value) else f"{value:,.0f}"
