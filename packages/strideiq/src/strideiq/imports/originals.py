"""Original files, given back as they came in."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import undefer

from strideiq.athletes.public import CurrentAthlete
from strideiq.imports.models import SourceFile
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import NotFoundError

router = APIRouter(include_in_schema=False)


@router.get("/files/{source_file_id}")
def download(session: DatabaseSession, athlete: CurrentAthlete, source_file_id: UUID) -> Response:
    """Give a file back, byte for byte as it came."""
    file = session.scalar(
        select(SourceFile)
        .where(
            SourceFile.athlete_id == athlete.athlete_id,
            SourceFile.source_file_id == source_file_id,
        )
        .options(undefer(SourceFile.content))
    )
    if file is None:
        raise NotFoundError("There is no such file of yours.", next_step="open your activities")
    disposition = f"attachment; filename*=UTF-8''{quote(file.name.rsplit('/', 1)[-1], safe='')}"
    return Response(
        file.content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": disposition},
    )
