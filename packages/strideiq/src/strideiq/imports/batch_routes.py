"""Batches of files on their pages, and large files that come in parts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from strideiq.activities import public as activities
from strideiq.athletes.public import CurrentAthlete
from strideiq.imports.queue import abandoned, items, uploads
from strideiq.imports.receiving import Receiver, name_of, wake_worker
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render

ITEMS_SHOWN = 100

router = APIRouter(include_in_schema=False)


class LargeFile(BaseModel):
    """Which file is to come."""

    name: str = Field(max_length=1000)
    size_bytes: int = Field(ge=1, le=2**50)
    changed_ms: int = Field(ge=-(2**52), le=2**52)


@router.get("/imports/batches/{batch_id}")
def batch_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    batch_id: UUID,
    verdict: str | None = None,
    before: int | None = None,
) -> Response:
    """One batch: how far it is, and each of its files with its verdict."""
    found = items.items(
        session, athlete.athlete_id, batch_id, ITEMS_SHOWN + 1, verdict=verdict, before=before
    )
    came = [each.activity_ids[0] for each in found if each.activity_ids]
    return render(
        request,
        "imports/batch.html",
        activities_by_id={
            each.activity_id: each for each in activities.several(session, athlete.athlete_id, came)
        },
        batch=items.batch(session, athlete.athlete_id, batch_id),
        items=found[:ITEMS_SHOWN],
        more=len(found) > ITEMS_SHOWN,
        only=verdict,
        first=before is None,
    )


@router.post("/imports/batches/{batch_id}/retry")
def retry_batch(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, batch_id: UUID
) -> Response:
    """Have everything that failed read again."""
    if items.retry_failed(session, athlete.athlete_id, batch_id):
        wake_worker(request)
    return RedirectResponse(f"/imports/batches/{batch_id}", status_code=303)


@router.get("/imports/items/{item_id}")
def item_row(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, item_id: UUID
) -> Response:
    """One file as a row of the live list; for an archive, how far it is."""
    found = items.item(session, athlete.athlete_id, item_id)
    counts = items.counts_inside(session, athlete.athlete_id, item_id) if found.is_archive else {}
    return render(request, "imports/_item.html", item=found, counts=counts)


@router.post("/imports/uploads")
def begin_upload(session: DatabaseSession, athlete: CurrentAthlete, file: LargeFile) -> Response:
    """Begin a large file, or go on with it; says which parts are here already."""
    known = uploads.begin(
        session, athlete.athlete_id, name_of(file.name), file.size_bytes, file.changed_ms
    )
    return JSONResponse(known.as_dict())


@router.put("/imports/uploads/{upload_id}/parts/{number}")
async def receive_part(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    upload_id: UUID,
    number: int,
) -> Response:
    """Take in one part of a large file."""
    part = bytearray()
    async for piece in request.stream():
        part += piece
        if len(part) > uploads.PART_BYTES:
            break

    def receive() -> None:
        known = uploads.upload(session, athlete.athlete_id, upload_id)
        uploads.receive(session, known, athlete.athlete_id, number, bytes(part))

    await run_in_threadpool(receive)
    return Response(status_code=204)


@router.post("/imports/uploads/{upload_id}/done")
def finish_upload(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    upload_id: UUID,
    x_batch: Annotated[UUID | None, Header()] = None,
) -> Response:
    """Say that all parts are here, and have a worker read the file."""
    receiver = Receiver(request, athlete, "page", x_batch or uuid4())
    found = receiver.queue_upload(session, upload_id)
    if x_batch is None:
        return RedirectResponse(f"/imports/batches/{found.batch_id}", status_code=303)
    return render(request, "imports/_item.html", item=found, counts={})


@router.post("/imports/uploads/{upload_id}/give-up")
def give_up_upload(session: DatabaseSession, athlete: CurrentAthlete, upload_id: UUID) -> Response:
    """Give back the room of what has arrived of a file."""
    abandoned.give_up(session, athlete.athlete_id, upload_id)
    return RedirectResponse("/imports", status_code=303)
