"""What Alembic, SQLAlchemy, drivers and revisions raise, in words that hold no value of a row."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic.util.exc import CommandError
from sqlalchemy.exc import SQLAlchemyError

from strongroom.errors import MigrationError, MigrationFailedError, StrongroomError
from strongroom.postgres.connections import words_of

RAISED = (Exception, SystemExit)
"""A revision may raise anything; one that ends the process has not run to its end either."""
_OURS = Path(__file__).parents[1]
_NAMING = (KeyError, AttributeError, ImportError, NameError)
"""Errors whose words are names, as long as no revision holds rows in its hands."""


@contextmanager
def reading_errors(doing: str) -> Iterator[None]:
    """Turn what is raised before any revision runs into ``MigrationError``."""
    try:
        yield
    except StrongroomError:
        raise
    except CommandError as error:
        raise _refused_by_alembic(doing, error) from error
    except RAISED as error:
        words = f"{type(error).__name__}: {error}" if isinstance(error, _NAMING) else _told(error)
        raise MigrationError(
            f"A failure while {doing}: {words}{_place_of(error)}.",
            next_step="alembic history, to see whether the revisions are whole; what env.py reads "
            "by get_x_argument is given as strongroom migrate -x NAME=VALUE",
        ) from error


@contextmanager
def running_errors(doing: str) -> Iterator[None]:
    """Turn what revisions raise into ``MigrationFailedError``, with PostgreSQL's code for it."""
    try:
        yield
    except StrongroomError:
        raise
    except CommandError as error:
        raise _refused_by_alembic(doing, error) from error
    except RAISED as error:
        original = _original(error)
        sqlstate = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
        raise MigrationFailedError(
            f"A failure while {doing}: {_told(error)}{_place_of(error)}.",
            next_step="mend it there; nothing of the failed transaction remains",
            sqlstate=sqlstate,
        ) from error


def _refused_by_alembic(doing: str, error: CommandError) -> MigrationError:
    several = "Multiple head" in str(error)
    return MigrationError(
        f"Alembic refused while {doing}: {error}".rstrip(".") + ".",
        next_step="strongroom migrate --to heads, or alembic merge heads"
        if several
        else "alembic history, to see which revisions there are",
    )


def _original(error: BaseException) -> BaseException:
    return getattr(error, "orig", None) or error


def _told(error: BaseException) -> str:
    """What went wrong, without any value of a row: a driver's words may quote some."""
    original = _original(error)
    if isinstance(original, psycopg.Error):
        return words_of(original).rstrip(".")
    if isinstance(original, SQLAlchemyError):
        return f"{type(original).__name__}: {original}".splitlines()[0].rstrip(".")
    if isinstance(original, SystemExit):
        return "it ends the process by SystemExit, before it is through"
    return type(original).__name__


def _place_of(error: BaseException) -> str:
    """Where in the application's own files it happened: the innermost line outside of packages."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).exists() and not _is_installed(one.filename)]
    return f", at {own[-1].filename}, line {own[-1].lineno}" if own else ""


def _is_installed(filename: str) -> bool:
    """Whether a file belongs to a package or to Python, and not to who writes migrations."""
    paths = sysconfig.get_paths()
    roots = [Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return any(Path(filename).is_relative_to(one) for one in (*roots, _OURS))
