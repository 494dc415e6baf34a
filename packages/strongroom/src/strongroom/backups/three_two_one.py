"""The 3-2-1 rule: three copies of the data, on two kinds of media, one of them off site.

The data themselves are the first copy. A medium is what fails at once: a device, or a server
of objects. Pure: ``places`` finds out what lies where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

COPIES_NEEDED = 3
MEDIA_NEEDED = 2


@dataclass(frozen=True)
class Place:
    """Where the data are, or are to be."""

    what: str
    """``data``, ``store`` or ``copy``."""
    where: str
    medium: str | None
    """Two places with the same one fail together; None where that cannot be told."""
    off_site: bool = False
    holds: bool = True
    """Whether the newest backup is there, as far as could be learnt."""
    problem: str | None = None
    """Why that could not be learnt."""


@dataclass(frozen=True)
class Rule:
    """How the rule is kept."""

    copies: int
    media: int
    off_site: int
    places: tuple[Place, ...]

    @property
    def good(self) -> bool:
        """Whether all three parts are kept."""
        return not self.findings

    @property
    def findings(self) -> list[str]:
        """Which parts are not kept, each with what would keep it."""
        found = [_lacking(one) for one in self.places if not one.holds]
        if self.copies < COPIES_NEEDED:
            counted = "1 copy" if self.copies == 1 else f"{self.copies} copies"
            found.append(f"only {counted} of {COPIES_NEEDED}, with the data themselves")
        if self.media < MEDIA_NEEDED:
            found.append("everything lies on one medium")
        if not self.off_site:
            found.append("no copy is off site")
        return found

    def as_dict(self) -> dict[str, object]:
        """The rule as documented for ``--json``."""
        return {**asdict(self), "good": self.good, "findings": self.findings}


def three_two_one(places: Sequence[Place]) -> Rule:
    """Judge the places by what they hold; one that lacks the newest backup counts for nothing.

    A medium that cannot be told counts as the one that another place is on, so that nothing is
    called safe that may not be.
    """
    holding = [one for one in places if one.holds]
    known = {one.medium for one in holding if one.medium is not None}
    return Rule(
        copies=len(holding),
        media=max(len(known), 1) if holding else 0,
        off_site=sum(one.off_site for one in holding),
        places=tuple(places),
    )


def _lacking(place: Place) -> str:
    return f"{place.where}: {place.problem or 'it lacks the newest backup'}"
