"""The upload page, one verdict per request, and the original files."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from strideiq.activities import public as activities
from strideiq.athletes.public import CurrentAthlete
from strideiq.imports import batch_routes, originals, pair_routes, views
from strideiq.imports.files import ReceivedFile
from strideiq.imports.parsers.formats import SIZE_MAX_BYTES
from strideiq.imports.queue import abandoned, items
from strideiq.imports.queue.items import ItemView
from strideiq.imports.queue.uploads import UPLOAD_MAX_BYTES
from strideiq.imports.receiving import Receiver, body_of, importer, is_archive, name_of, note
from strideiq.imports.verdicts import FileVerdict, stored_in_file
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render

PAGE_SIZE = 100
BATCHES_SHOWN = 5
FILES_WITHOUT_SCRIPT_MAX = 1000
READ_AT_ONCE_MAX = 20
"""A form with more files than this is left to a worker, and its page shows how far it is."""

router = APIRouter(include_in_schema=False)
router.include_router(originals.router)
router.include_router(batch_routes.router)
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
    return _page(request, session, athlete.athlete_id, verdict, before)


@router.post("/imports")
async def upload(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    x_file_name: Annotated[str | None, Header()] = None,
    x_batch: Annotated[UUID | None, Header()] = None,
    x_item: Annotated[UUID | None, Header()] = None,
) -> Response:
    """Import what was sent: one file as the request's body, or a form with many.

    A body is read no further than a file may be large, however long it goes on.
    """
    receiver = Receiver(request, athlete, "page", x_batch or uuid4())
    if x_file_name is not None:
        file = await body_of(request, name_of(x_file_name))
        found = await run_in_threadpool(receiver.read_now, file, x_item or uuid4())
        return _answered(request, found)
    async with request.form(max_files=FILES_WITHOUT_SCRIPT_MAX) as form:
        parts = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
        if len(parts) > READ_AT_ONCE_MAX or any([await is_archive(part) for part in parts]):
            items.open_batch(session, athlete.athlete_id, "page", receiver.batch_id)
            for part in parts:
                await receiver.queue_part(session, part)
            return RedirectResponse(f"/imports/batches/{receiver.batch_id}", status_code=303)
        files = [
            ReceivedFile(name_of(part.filename or ""), await part.read(SIZE_MAX_BYTES + 1))
            for part in parts
        ]
    verdicts = await run_in_threadpool(lambda: list(importer(request, athlete).import_files(files)))
    note(verdicts, request)
    return _page(request, session, athlete.athlete_id, fresh=verdicts)


def _answered(request: Request, found: FileVerdict | ItemView) -> Response:
    if isinstance(found, ItemView):
        return render(request, "imports/_item.html", item=found, counts={})
    return render(request, "imports/_verdict.html", verdict=found)


def _page(
    request: Request,
    session: DatabaseSession,
    athlete_id: UUID,
    verdict: str | None = None,
    before: UUID | None = None,
    fresh: list[FileVerdict] | None = None,
) -> Response:
    found = views.list_files(session, athlete_id, PAGE_SIZE + 1, before=before, verdict=verdict)
    return render(
        request,
        "imports/imports.html",
        files=found[:PAGE_SIZE],
        more=len(found) > PAGE_SIZE,
        counts=views.count_verdicts(session, athlete_id),
        unfinished=abandoned.unfinished(session, athlete_id),
        batches=items.batches(session, athlete_id, BATCHES_SHOWN),
        only=verdict,
        size_max_bytes=SIZE_MAX_BYTES,
        upload_max_bytes=UPLOAD_MAX_BYTES,
        fresh=fresh or [],
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
    verdict = importer(request, athlete).import_file(ReceivedFile(file.name, content))
    note([verdict], request)
    return RedirectResponse(f"/imports/files/{source_file_id}", status_code=303)
