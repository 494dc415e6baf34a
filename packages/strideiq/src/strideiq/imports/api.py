"""Files in, for programs: one per request, with its verdict as the answer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Header, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from strideiq.athletes.public import AthleteView, token_athlete
from strideiq.imports.queue import items
from strideiq.imports.queue.items import ItemView
from strideiq.imports.receiving import Receiver, body_of, name_of
from strideiq.platform.api import UNCHANGED, api_router, tagged
from strideiq.platform.database import DatabaseSession

api = api_router()


class ImportedFile(BaseModel):
    """A file that was sent; ``verdict`` is null while it waits, and for an archive as such."""

    item_id: UUID
    batch_id: UUID
    file: str
    state: str
    verdict: str | None
    reason: str | None
    records: int
    activity_ids: list[UUID]
    counts: dict[str, int] = {}
    """Of an archive: how many of the files in it have which verdict."""


@api.post("/imports", summary="Import a file: FIT, GPX, TCX, packed or not, or a zip archive")
async def import_file(
    request: Request,
    response: Response,
    athlete: Annotated[AthleteView, token_athlete("imports:write")],
    x_file_name: Annotated[str, Header(description="What the file is called, percent-encoded.")],
    x_item: Annotated[
        UUID | None, Header(description="Yours, for a file that may be sent again.")
    ] = None,
) -> ImportedFile:
    """Read the body as a file, and answer with its verdict.

    An archive is answered with 202 at once; ask for its item later. A file sent again with the
    same ``X-Item`` is not read again, and a file whose bytes are known is a duplicate.
    """
    receiver = Receiver(request, athlete, "api", uuid4())
    item_id = x_item or uuid4()
    file = await body_of(request, name_of(x_file_name))
    await run_in_threadpool(receiver.read_now, file, item_id)

    def kept() -> ItemView:
        with request.app.state.runtime.sessions() as session:
            return items.item(session, athlete.athlete_id, item_id)

    found = await run_in_threadpool(kept)
    response.status_code = 202 if found.state == items.WAITING else 200
    return ImportedFile(**found.as_dict())  # type: ignore[arg-type]


@api.get(
    "/imports/{item_id}",
    summary="What became of a file",
    response_model=ImportedFile,
    responses=UNCHANGED,
)
def imported_file(
    request: Request,
    session: DatabaseSession,
    athlete: Annotated[AthleteView, token_athlete("imports:read")],
    item_id: UUID,
) -> Response:
    """Give a file that was sent earlier, with its verdict."""
    found = items.item(session, athlete.athlete_id, item_id)
    counts = items.counts_inside(session, athlete.athlete_id, item_id) if found.is_archive else {}
    return tagged(request, ImportedFile(**found.as_dict(), counts=counts))  # type: ignore[arg-type]
