"""Garmin as one of the services: its name, its terms, its jobs."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.connections.errors import ServiceTroubleError
from strideiq.connections.garmin import backfill, files
from strideiq.connections.garmin.access import NAME, Access
from strideiq.connections.garmin.client import KeyRefusedError
from strideiq.connections.garmin.notifications import FILE
from strideiq.connections.queue import Job
from strideiq.connections.registry import Context, Service
from strideiq.connections.terms import Terms
from strideiq.platform.language import marked
from strideiq.platform.settings import Settings

_WORK = {
    FILE: files.fetch,
    files.AGAIN: files.ask_again,
    backfill.SPAN: backfill.span,
    backfill.COMPARE: backfill.compare,
}


def configured(settings: Settings) -> bool:
    """Whether this server is registered with Garmin, and can be reached by it."""
    secret = settings.garmin_client_secret.get_secret_value()
    return bool(settings.garmin_client_id and secret and settings.public_address)


def work(context: Context, job: Job) -> None:
    """Do one job."""
    if job.kind in _WORK:
        _WORK[job.kind](context, job)


def revoke(context: Context, athlete_id: UUID) -> None:
    """Tell Garmin that we stop.

    Raises:
        ServiceError: it did not hear it.
    """
    try:
        Access(context, athlete_id).ask(lambda garmin, key: garmin.leave(key))
    except KeyRefusedError as error:
        raise ServiceTroubleError from error


def _nothing(_session: Session, _athlete_id: UUID) -> None:
    """What came from Garmin are the athlete's own files; they stay."""


SERVICE = Service(
    name=NAME,
    title="Garmin",
    words=marked(
        "The original FIT files of your watch, with every sample. They are kept here like files "
        "that you import yourself, and belong to you."
    ),
    terms=Terms(NAME, address="https://developer.garmin.com/gc-developer-program/"),
    connect_path="/connections/garmin/connect",
    configured=configured,
    work=work,
    begin=backfill.begin,
    ended=_nothing,
    revoke=revoke,
    put_away=_nothing,
    panel="connections/_garmin.html",
)
