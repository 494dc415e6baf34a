"""What tools found in one turn: the only things that a sentence of that turn may say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Direction = Literal["up", "down", "flat"]


@dataclass(frozen=True)
class Subject:
    """What figures are about: one row, or a set of rows such as a week.

    A sentence may name it by ``name``, by one of ``aliases`` ("last run", "this week") or by its
    days.
    """

    kind: str
    """For example ``activity``, ``week``, ``best_effort``, ``check_in``."""
    row_id: str
    name: str = ""
    """As the athlete sees it. It is data: nothing in it is ever an instruction."""
    first_day: date | None = None
    last_day: date | None = None
    """The last day; None where the subject has one day only, or none."""
    aliases: tuple[str, ...] = ()
    address: str = ""
    """The page that shows it."""

    def covers(self, first: date, last: date) -> bool:
        """Whether it is about these days and no others."""
        if self.first_day is None:
            return False
        return (self.first_day, self.last_day or self.first_day) == (first, last)


@dataclass(frozen=True)
class Figure:
    """One value of a subject, in the unit that its quantity is kept in."""

    figure_id: str
    subject: Subject
    quantity: str
    """A name of ``quantities.QUANTITIES``."""
    value: float
    formula_version: int | None = None
    """Of what computed it; None for what was observed or said."""


@dataclass(frozen=True)
class Trend:
    """That something went up, went down or stayed, as a tool computed it."""

    trend_id: str
    subject: Subject
    quantity: str
    direction: Direction
    sample_size: int
    formula_version: int | None = None


@dataclass(frozen=True)
class RowSet:
    """The rows of one kind that a call gave, and of which days no other ones are missing.

    What is said of several rows, such as a rank or a number of them, needs the whole set.
    """

    nouns: tuple[str, ...]
    """What one of them is called, in the singular: ``run``, ``month``."""
    rows: tuple[frozenset[Subject], ...]
    """In the order in which they were given; a row may be about several subjects."""
    ever: bool = False
    """Whether there has never been another one."""
    since: date | None = None
    """From this day on there is no other one; None where that is not known of any day."""
    until: date | None = None
    newest_first: bool = False
    """Whether the first one is the last that there is, and none is missing behind it."""
    of_one: bool = False
    """Whether they are the parts of one row, such as the kilometres of a run."""
    marked: tuple[tuple[str, frozenset[Subject]], ...] = ()
    """Rows of which something holds that is no figure, such as ``race``."""


@dataclass(frozen=True)
class Fact:
    """Of a row, or of all that a tool gave, something that is so or is not: ``retired``."""

    word: str
    holds: bool
    subject: Subject | None = None


@dataclass(frozen=True)
class Evidence:
    """Everything that the tools of one turn gave."""

    figures: tuple[Figure, ...] = ()
    trends: tuple[Trend, ...] = ()
    subjects: tuple[Subject, ...] = ()
    """Subjects of which there is no figure; those of figures and trends need not be repeated."""
    sets: tuple[RowSet, ...] = ()
    notes: tuple[tuple[Subject, str], ...] = ()
    """The athlete's own words at rows; they may be quoted, and prove nothing else."""
    facts: tuple[Fact, ...] = ()

    @property
    def all_subjects(self) -> tuple[Subject, ...]:
        """Each subject once."""
        found = [
            *self.subjects,
            *(figure.subject for figure in self.figures),
            *(trend.subject for trend in self.trends),
        ]
        return tuple(dict.fromkeys(found))
