"""The upload page, one verdict per request, and the original files."""

from __future__ import annotations

import os
from functools import cache
from pathlib import PurePath
from typing import Annotated
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from strideiq.activities import public as activities
from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.imports import originals, pair_routes, views
from strideiq.imports.files import IncomingFile, ReceivedFile, RefusedFile, too_large
from strideiq.imports.isolation import ParserPool
from strideiq.imports.parsers.formats import SIZE_MAX_BYTES
from strideiq.imports.service import Importer
from strideiq.imports.verdicts import FileVerdict, stored_in_file
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render
from strideiq.safety.public import note_change

PAGE_SIZE = 100
NAME_LENGTH_MAX = 300
FILES_WITHOUT_SCRIPT_MAX = 1000

router = APIRouter(include_in_schema=False)
router.include_router(originals.router)
router.include_router(pair_routes.router)


@router.get("/imports")
def page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    verdict: str | None = None,
    before: UUID | None = None,
) -> Response:
    """Where files are dropped, and the files of earlier times below."""
    found = views.list_files(
        session, athlete.athlete_id, PAGE_SIZE + 1, before=before, verdict=verdict
    )
    return render(
        request,
        "imports/imports.html",
        files=found[:PAGE_SIZE],
        more=len(found) > PAGE_SIZE,
        counts=views.count_verdicts(session, athlete.athlete_id),
        only=verdict,
        size_max_bytes=SIZE_MAX_BYTES,
        fresh=[],
    )


@router.post("/imports")
async def upload(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    x_file_name: Annotated[str | None, Header()] = None,
) -> Response:
    """Import what was sent: one file as the request's body, or a form with many.

    A body is read no further than a file may be large, however long it goes on.
    """
    importer = _importer(request, athlete)
    if x_file_name is not None:
        file = await _received(request, _last_part(unquote(x_file_name)))
        verdict = await run_in_threadpool(importer.import_file, file)
        _note([verdict], request)
        return render(request, "imports/_verdict.html", verdict=verdict)
    async with request.form(max_files=FILES_WITHOUT_SCRIPT_MAX) as form:
        files = [
            ReceivedFile(_last_part(part.filename or ""), await part.read(SIZE_MAX_BYTES + 1))
            for part in form.getlist("files")
            if isinstance(part, UploadFile)
        ]
    verdicts = await run_in_threadpool(lambda: list(importer.import_files(files)))
    _note(verdicts, request)
    return render(
        request,
        "imports/imports.html",
        files=views.list_files(session, athlete.athlete_id, PAGE_SIZE),
        more=False,
        counts=views.count_verdicts(session, athlete.athlete_id),
        only=None,
        size_max_bytes=SIZE_MAX_BYTES,
        fresh=verdicts,
    )


@router.get("/imports/files/{source_file_id}")
def file_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, source_file_id: UUID
) -> Response:
    """One kept file: its verdict, why, and what came out of it."""
    file = views.source_file(session, athlete.athlete_id, source_file_id)
    mine = activities.of_source_file(session, athlete.athlete_id, source_file_id)
    repeated = [
        activities.activity(session, athlete.athlete_id, each) for each in file.duplicate_of
    ]
    return render(
        request,
        "imports/file.html",
        file=file,
        activities=stored_in_file(mine),
        repeated=stored_in_file(repeated),
    )


@router.post("/imports/files/{source_file_id}/retry")
def retry(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, source_file_id: UUID
) -> Response:
    """Read a kept file once more, which helps when a parser has learned since."""
    file = views.source_file(session, athlete.athlete_id, source_file_id)
    content = views.original(session, athlete.athlete_id, source_file_id)
    verdict = _importer(request, athlete).import_file(ReceivedFile(file.name, content))
    _note([verdict], request)
    return RedirectResponse(f"/imports/files/{source_file_id}", status_code=303)


@cache
def _pool() -> ParserPool:
    """The parser processes of this web server, shared by all requests."""
    return ParserPool(os.cpu_count() or 1)


def _importer(request: Request, athlete: AthleteView) -> Importer:
    sessions = request.app.state.runtime.sessions
    return Importer(sessions, athlete.athlete_id, ZoneInfo(athlete.time_zone), _pool())


async def _received(request: Request, name: str) -> IncomingFile:
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > SIZE_MAX_BYTES:
        return RefusedFile(name, too_large(int(announced)))
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > SIZE_MAX_BYTES:
            return RefusedFile(name, too_large(len(content)))
    return ReceivedFile(name, bytes(content))


def _last_part(name: str) -> str:
    """A file's name without its path, and without what no page could show."""
    shown = "".join(letter for letter in name.replace("\\", "/") if letter.isprintable())
    return PurePath(shown).name[:NAME_LENGTH_MAX] or "a file without a name"


def _note(verdicts: list[FileVerdict], request: Request) -> None:
    """Have a backup taken and proven once no more files arrive."""
    configuration = request.app.state.runtime.configuration
    if configuration is not None and any(
        each.verdict in {"imported", "partial"} for each in verdicts
    ):
        note_change(configuration.directory / "run")
