"""What a feature tells the application of itself; ``features.py`` lists them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Place:
    """An entry of the navigation."""

    title: str
    path: str
    icon: str
    """The name of a symbol in ``platform/templates/icons.html``."""
    key: str
    """The letter that opens it after ``g``."""
    short: str = ""
    """The title on a phone, when the whole one does not fit."""
    rank: int = 50
    """Places stand in this order: a phone has the first four in sight, a desk the first seven."""

    def holds(self, path: str) -> bool:
        """Whether an address is this place or below it."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


@dataclass(frozen=True)
class Status:
    """The state of the athlete's data, as the shell shows it on every page."""

    level: Literal["proven", "attention", "refused"]
    words: str
    """For example ``proven 6 h ago``."""
    path: str
    detail: str = ""


@dataclass(frozen=True)
class Feature:
    """One feature: its routes, its places in the navigation, its templates and static files."""

    package: str
    """The feature's package; ``templates/`` and ``static/`` in it are found by themselves."""
    router: APIRouter | None = None
    api: APIRouter | None = None
    """Addresses for programs, below ``/api/v1``; each route asks for a token with a scope."""
    places: tuple[Place, ...] = ()
    public_places: tuple[Place, ...] = ()
    """Places that somebody who is not signed in may open too."""
    status: Callable[[Request], Status | None] | None = None
    """What the shell shows of the state of the data."""
    recognise: Callable[[Request, Session], object] | None = None
    """Finds who is signed in, for an answer that no route has given: a page that is not there."""

    @property
    def name(self) -> str:
        """The feature's name, which its templates and static files are addressed by."""
        return self.package.rsplit(".", 1)[-1]

    def directory(self, name: str) -> Path | None:
        """A directory of the feature, if it has one."""
        directory = Path(str(files(self.package))) / name
        return directory if directory.is_dir() else None
