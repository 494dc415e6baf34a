"""What the athlete stated about themselves, and how it beats what was derived.

A fact is kept in the athlete's own words, with every version that it has had. Where the words hold
a figure of the athlete as a whole, such as the highest heart rate, that figure is evidence
(``tools/stated.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.errors import NoSuchFactError, QuestionError
from strideiq.coach.judging import plain_text
from strideiq.coach.models import CoachFact
from strideiq.platform.language import gettext as _

WORDS_LENGTH_MAX = 300
FACTS_MAX = 100
PAGE = "/coach/facts"
KIND = "fact"

POUND_KG = 0.45359237
_RATE = r"(?P<value>\d{2,3})(?!\d)"
_STATED = (
    ("max_heart_rate", rf"\bmax(?:imum|imal)?\.?\s+(?:heart[- ]rate|hr|pulse)\D{{0,20}}{_RATE}"),
    ("resting_heart_rate", rf"\bresting\s+(?:heart[- ]rate|hr|pulse)\D{{0,20}}{_RATE}"),
    ("weight", r"\bweigh(?:t)?\b\D{0,20}(?P<value>\d{2,3}(?:\.\d+)?)\s*(?P<unit>kg|lbs?|pounds?)"),
    ("rpi", r"\b(?:rpi|performance index)\D{0,20}(?P<value>\d{2}(?:\.\d+)?)"),
)
LIMITS = {
    "max_heart_rate": (100.0, 250.0),
    "resting_heart_rate": (25.0, 120.0),
    "weight": (25.0, 250.0),
    "rpi": (10.0, 95.0),
}
CALLED = ("what you stated", "what you told me")
_STATEMENT = re.compile(
    r"^(?:please\s+)?(?:remember|note|keep in mind|know)(?:\s+that)?[:,]?\s+(?P<words>.{3,300})$"
    r"|^(?P<plain>(?:my\s[\w\s-]{2,40}\s(?:is|are)\s|i\s(?:am|weigh|prefer|have|can(?:no|')t|only"
    r"|always|never)\s).{1,250})$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class FactView:
    """A fact with its history; ``words`` is None where the athlete has taken it back."""

    fact_id: UUID
    words: str | None
    said_at: datetime
    earlier: tuple[str, ...] = ()
    """Former words, the newest first."""


def facts(session: Session, athlete_id: UUID) -> list[FactView]:
    """Everything that the athlete states now, the newest first."""
    return [fact for fact in _everything(session, athlete_id) if fact.words is not None]


def newest(session: Session, athlete_id: UUID, most: int = FACTS_MAX) -> list[FactView]:
    """What the athlete states now, the newest first, without its history; so many at most."""
    versions = (
        select(CoachFact)
        .where(CoachFact.athlete_id == athlete_id)
        .ext(distinct_on(CoachFact.fact_id))
        .order_by(CoachFact.fact_id, CoachFact.version.desc())
        .subquery()
    )
    rows = session.execute(
        select(versions.c.fact_id, versions.c.words, versions.c.said_at)
        .where(versions.c.words.is_not(None))
        .order_by(versions.c.said_at.desc(), versions.c.fact_id)
        .limit(most)
    )
    return [FactView(fact_id, words, said_at) for fact_id, words, said_at in rows]


def fact(session: Session, athlete_id: UUID, fact_id: UUID) -> FactView:
    """One fact, also one that was taken back.

    Raises:
        NoSuchFactError: the athlete has stated nothing with this id.
    """
    for one in _everything(session, athlete_id):
        if one.fact_id == fact_id:
            return one
    raise NoSuchFactError(
        _("You have stated nothing of this kind."), next_step=_("open what the coach knows")
    )


def state(session: Session, athlete_id: UUID, words: str) -> UUID:
    """Keep something that the athlete states.

    Raises:
        QuestionError: there are no words, too many, or too many facts.
    """
    said = _checked(words)
    known = facts(session, athlete_id)
    for one in known:
        if one.words == said:
            return one.fact_id
    if len(known) >= FACTS_MAX:
        raise QuestionError(
            _("The coach keeps %(most)d facts at most.") % {"most": FACTS_MAX},
            next_step=_("take one back that no longer holds"),
        )
    fact_id = uuid4()
    _add(session, athlete_id, fact_id, said)
    return fact_id


def correct(session: Session, athlete_id: UUID, fact_id: UUID, words: str) -> None:
    """Say a fact in other words; the former ones stay as its history.

    Raises:
        NoSuchFactError: the athlete has stated nothing with this id.
        QuestionError: there are no words, or too many.
    """
    said = _checked(words)
    if fact(session, athlete_id, fact_id).words != said:
        _add(session, athlete_id, fact_id, said)


def take_back(session: Session, athlete_id: UUID, fact_id: UUID) -> None:
    """State a fact no longer.

    Raises:
        NoSuchFactError: the athlete has stated nothing with this id.
    """
    if fact(session, athlete_id, fact_id).words is not None:
        _add(session, athlete_id, fact_id, None)


def restore(session: Session, athlete_id: UUID, fact_id: UUID) -> None:
    """State a fact again that was taken back, in its last words.

    Raises:
        NoSuchFactError: the athlete has stated nothing with this id.
    """
    known = fact(session, athlete_id, fact_id)
    if known.words is None and known.earlier:
        _add(session, athlete_id, fact_id, known.earlier[0])


def statement_in(question: str) -> str | None:
    """What a message states about the athlete rather than asks, as words to keep; None for most."""
    text = plain_text(question).rstrip(".! ")
    if "?" in text:
        return None
    found = _STATEMENT.match(text)
    if found is None:
        return None
    words = found["words"] or found["plain"]
    return words[:1].upper() + words[1:]


def figures_in(one: FactView) -> list[Figure]:
    """The figures of the athlete as a whole that a fact holds."""
    found = []
    for quantity, pattern in _STATED:
        match = re.search(pattern, one.words or "", re.IGNORECASE)
        if match is None:
            continue
        value = float(match["value"])
        if quantity == "weight" and not match["unit"].lower().startswith("kg"):
            value *= POUND_KG
        low, high = LIMITS[quantity]
        if low <= value <= high:
            subject = Subject(
                KIND,
                str(one.fact_id),
                aliases=CALLED,
                address=f"{PAGE}#fact-{one.fact_id}",
            )
            found.append(Figure(f"{KIND}/{one.fact_id}/{quantity}", subject, quantity, value))
    return found


def _everything(session: Session, athlete_id: UUID) -> list[FactView]:
    rows = session.scalars(
        select(CoachFact)
        .where(CoachFact.athlete_id == athlete_id)
        .order_by(CoachFact.fact_id, CoachFact.version.desc())
    )
    versions: dict[UUID, list[CoachFact]] = {}
    for row in rows:
        versions.setdefault(row.fact_id, []).append(row)
    found = [
        FactView(
            fact_id,
            newest.words,
            newest.said_at,
            tuple(row.words for row in former if row.words is not None),
        )
        for fact_id, (newest, *former) in versions.items()
    ]
    return sorted(found, key=lambda one: one.said_at, reverse=True)


def _add(session: Session, athlete_id: UUID, fact_id: UUID, words: str | None) -> None:
    last = session.scalar(
        select(func.max(CoachFact.version)).where(
            CoachFact.athlete_id == athlete_id, CoachFact.fact_id == fact_id
        )
    )
    session.add(
        CoachFact(athlete_id=athlete_id, fact_id=fact_id, version=(last or 0) + 1, words=words)
    )
    session.flush()


def _checked(words: str) -> str:
    said = plain_text(words)
    if not said or len(said) > WORDS_LENGTH_MAX:
        raise QuestionError(
            _("A fact has between one and %(most)d characters.") % {"most": WORDS_LENGTH_MAX},
            next_step=_("say it more briefly") if said else _("write what the coach should know"),
        )
    return said
