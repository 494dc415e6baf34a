"""The page "Your data", its live part while a backup is being proven, and the shell's status."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

import strongroom
from strideiq.athletes.public import CurrentAthlete
from strideiq.platform.errors import NotFoundError
from strideiq.platform.feature import Status
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import by_htmx, render
from strideiq.safety.history import told
from strideiq.safety.keeper import Keeper
from strideiq.safety.service import BackupEvent, age_words, assess, backup_events, picture

PATH = "/your-data"
STATUS_AGE_MAX_S = 10.0
HISTORY_LENGTH = 20

router = APIRouter(include_in_schema=False)


@dataclass
class _Seen:
    """The backups as last read from the store: every page shows the status, few change it."""

    events: tuple[BackupEvent, ...]
    read_at_s: float


@router.get(PATH)
def your_data(request: Request, athlete: CurrentAthlete) -> Response:
    """Show whose database this is, when it was last proven, and what of it is the athlete's."""
    runtime = request.app.state.runtime
    if runtime.configuration is None or runtime.database is None:
        raise NotFoundError(
            _("This StrideIQ runs without its guard."), next_step=_("strideiq up starts it with it")
        )
    seen = picture(runtime.configuration, runtime.database.judgement, runtime.engine, athlete)
    entries = list(strongroom.ledger_of(runtime.configuration).entries())[-HISTORY_LENGTH:]
    return render(
        request,
        "safety/your_data.html",
        picture=seen,
        history=[told(entry) for entry in reversed(entries)],
        work=_keeper(request).work,
        busy=_keeper(request).busy,
        now=datetime.now(tz=UTC),
        age=age_words,
    )


@router.post(f"{PATH}/prove")
def prove_now(request: Request, athlete: CurrentAthlete) -> Response:
    """Take a backup and prove it, in the background."""
    del athlete
    keeper = _keeper(request)
    keeper.ask()
    if by_htmx(request):
        return _work(request, keeper)
    return RedirectResponse(PATH, status_code=303)


@router.get(f"{PATH}/work")
def work(request: Request, athlete: CurrentAthlete) -> Response:
    """The live part: what is being done; once it is finished, the page shows itself anew."""
    del athlete
    keeper = _keeper(request)
    response = _work(request, keeper)
    if not keeper.busy:
        request.app.state.safety_seen = None
        response.headers["HX-Refresh"] = "true"
    return response


def status(request: Request) -> Status | None:
    """What the shell shows on every page."""
    configuration = request.app.state.runtime.configuration
    if configuration is None:
        return None
    level, headline, explanation = assess(
        _events(request, configuration),
        datetime.now(tz=UTC),
        configuration.policy.proof_age_max_s,
    )
    return Status(level, headline[:1].lower() + headline[1:], PATH, explanation)


def _events(request: Request, configuration: strongroom.Configuration) -> tuple[BackupEvent, ...]:
    seen: _Seen | None = getattr(request.app.state, "safety_seen", None)
    now_s = time.monotonic()
    if seen is None or now_s - seen.read_at_s > STATUS_AGE_MAX_S:
        seen = _Seen(backup_events(configuration), now_s)
        request.app.state.safety_seen = seen
    return seen.events


def _keeper(request: Request) -> Keeper:
    keeper: Keeper | None = getattr(request.app.state, "keeper", None)
    if keeper is None:
        raise NotFoundError(
            _("Nobody takes backups in this process."), next_step=_("strideiq up does")
        )
    return keeper


def _work(request: Request, keeper: Keeper) -> Response:
    return render(request, "safety/_work.html", work=keeper.work, busy=keeper.busy)
