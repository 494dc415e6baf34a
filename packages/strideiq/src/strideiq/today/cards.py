"""Which cards the home page asks for, in which order and width; ``features.py`` registers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.platform.card import Card

Width = Literal["lead", "side", "full"]
"""Seven, five or all twelve columns of a desk's page; a phone shows one below the other."""

CardCallback = Callable[[Session, AthleteView, date], Card | None]
"""Called with the session, the athlete and their day of the calendar; None shows nothing."""


@dataclass(frozen=True)
class Placed:
    """A card with the width that it was registered for."""

    width: Width
    card: Card


@dataclass(frozen=True)
class FirstStep:
    """What somebody who has recorded nothing yet may begin with."""

    title: str
    words: str
    action: str
    path: str
    icon: str


_callbacks: dict[CardCallback, Width] = {}
_first_steps: dict[str, FirstStep] = {}


def add_card(width: Width, callback: CardCallback) -> None:
    """Have ``callback`` asked for a card; cards stand in the order of their registration."""
    _callbacks.setdefault(callback, width)


def add_first_step(step: FirstStep) -> None:
    """Offer a step to who has recorded nothing yet; one for each address."""
    _first_steps.setdefault(step.path, step)


def cards(session: Session, athlete: AthleteView, day: date) -> list[Placed]:
    """The cards that there is something to show on."""
    asked = [(width, callback(session, athlete, day)) for callback, width in _callbacks.items()]
    return _filled([Placed(width, card) for width, card in asked if card is not None])


def _filled(placed: list[Placed]) -> list[Placed]:
    """Let a card whose neighbour has nothing to show have the whole row."""
    filled: list[Placed] = []
    alone: Placed | None = None
    for one in placed:
        if alone is not None and one.width not in {"full", alone.width}:
            filled += [alone, one]
            alone = None
            continue
        filled += [replace(alone, width="full")] if alone else []
        alone = one if one.width != "full" else None
        filled += [one] if one.width == "full" else []
    return [*filled, replace(alone, width="full")] if alone else filled


def first_steps() -> list[FirstStep]:
    """The steps for who is new, in the order of their registration."""
    return list(_first_steps.values())
