"""What an athlete lets a language model know, within what the settings of this server allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.coach.engines.language_model.configuration import EVERYTHING, Configuration
from strideiq.coach.models import CoachChoice


@dataclass(frozen=True)
class Choice:
    """Whether a model may answer at all, and what is kept from it."""

    built_in_only: bool = False
    kept_back: frozenset[str] = frozenset()
    """Words of ``leaving.KINDS``."""

    def applied(self, configuration: Configuration | None) -> Configuration | None:
        """The model as it answers this athlete; None where none does."""
        if configuration is None or self.built_in_only:
            return None
        told = frozenset(one for one in configuration.leaving if one not in self.kept_back)
        return replace(configuration, leaving=told)


def choice(session: Session, athlete_id: UUID) -> Choice:
    """What an athlete chose; nothing is kept back by who has not."""
    row = session.get(CoachChoice, athlete_id)
    if row is None:
        return Choice()
    return Choice(row.built_in_only, frozenset(row.kept_back))


def choose(
    session: Session, athlete_id: UUID, *, built_in_only: bool, kept_back: Iterable[str]
) -> None:
    """Keep what an athlete chooses; words that name nothing are left out."""
    named = set(kept_back)
    values = {
        "built_in_only": built_in_only,
        "kept_back": sorted(one for one in EVERYTHING if one in named),
    }
    session.execute(
        insert(CoachChoice)
        .values(athlete_id=athlete_id, **values)
        .on_conflict_do_update(index_elements=["athlete_id"], set_=values)
    )
