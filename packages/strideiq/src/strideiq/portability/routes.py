"""The page "Your account": all of it out, an archive in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, BinaryIO, cast

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse, StreamingResponse
from sqlalchemy.orm import Session

import strongroom
from strideiq.athletes.public import AthleteView, ConfirmedAthlete, CurrentAthlete, note_event
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import StrideiqError
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import by_htmx, render
from strideiq.platform.security import cookie_name, rate_limit
from strideiq.portability import deletion, export, tables
from strideiq.portability.work import Work, Works
from strideiq.safety.public import note_change

PATH = "/preferences/account"
EXPORTS_MAX = 10
HOUR_S = 3600.0

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def account_page(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Show how to take everything out, and to bring it in."""
    return _page(request, session, athlete)


@router.get(f"{PATH}/archive")
def download(request: Request, session: DatabaseSession, athlete: ConfirmedAthlete) -> Response:
    """Give the whole account as one file, written while it is being sent."""
    limit = rate_limit(request, "export", EXPORTS_MAX, HOUR_S)
    limit.attempt(str(athlete.athlete_id))
    note_event(session, athlete.athlete_id, "exported", request)
    content: Iterator[bytes] = export.streamed(request.app.state.runtime.sessions, athlete)
    name = f"strideiq-{datetime.now(UTC):%Y-%m-%d}.zip"
    return StreamingResponse(
        content,
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.post(f"{PATH}/archive")
def upload(
    request: Request,
    session: DatabaseSession,
    athlete: ConfirmedAthlete,
    archive: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Take an archive and bring it in, in the background."""
    if archive is None or not archive.size:
        return _page(request, session, athlete, wrong=_("Choose the file of an archive first."))
    note_event(session, athlete.athlete_id, "imported", request)
    kept = tempfile.TemporaryFile()  # noqa: SIM115  closed by the thread that reads it
    shutil.copyfileobj(archive.file, kept)
    kept.seek(0)
    _works(request).begin(
        request.app.state.runtime.sessions,
        athlete.athlete_id,
        cast("BinaryIO", kept),
        archive.filename or "",
        _noting(request),
    )
    return RedirectResponse(f"{PATH}#archive-in", status_code=303)


@router.get(f"{PATH}/work")
def work(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Show how far it is; without HTMX, the whole page."""
    if not by_htmx(request):
        return _page(request, session, athlete)
    found = _works(request).of(athlete.athlete_id)
    return render(request, "portability/_work.html", work=found)


@router.post(f"{PATH}/delete")
def delete(
    request: Request,
    session: DatabaseSession,
    athlete: ConfirmedAthlete,
    email: Annotated[str, Form()] = "",
) -> Response:
    """Delete the account with everything in it, once its address was typed."""
    if email.strip().lower() != athlete.email:
        wrong = _("This is not the address of your account. Nothing was deleted.")
        return _page(request, session, athlete, wrong=wrong)
    try:
        deletion.delete_account(
            request.app.state.runtime,
            session,
            athlete,
            confirmed_by="its athlete, by password or passkey",
        )
    except (StrideiqError, strongroom.StrongroomError) as error:
        return _page(request, session, athlete, wrong=_sentence(error.message, error.next_step))
    _noting(request)()
    request.state.athlete = None
    response = render(request, "portability/gone.html")
    response.delete_cookie(cookie_name(request, "sign_in"))
    return response


def _sentence(message: str, next_step: str) -> str:
    return f"{message} {next_step[:1].upper()}{next_step[1:]}."


def _works(request: Request) -> Works:
    works: Works | None = getattr(request.app.state, "account_works", None)
    if works is None:
        works = request.app.state.account_works = Works()
    return works


def _noting(request: Request) -> Callable[[], None]:
    """What tells the keeper of backups that there is something new."""
    configuration = request.app.state.runtime.configuration
    if configuration is None:
        return lambda: None
    directory = configuration.path.parent / "run"
    return lambda: note_change(directory)


def _page(
    request: Request,
    session: Session,
    athlete: AthleteView,
    *,
    wrong: str | None = None,
) -> Response:
    found: Work | None = _works(request).of(athlete.athlete_id)
    return render(
        request,
        "portability/account.html",
        status_code=422 if wrong else 200,
        counts=tables.counts(session, athlete.athlete_id),
        left_out=tables.LEFT_OUT,
        backups_keep=deletion.backups_keep_words(request.app.state.runtime.configuration),
        work=found,
        wrong=wrong,
    )
