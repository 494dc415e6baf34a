"""Strava as the rest of connections knows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.connections.registry import Context, Service
from strideiq.connections.strava import jobs
from strideiq.connections.strava.client import NAME, Client
from strideiq.connections.terms import STRAVA
from strideiq.platform.language import marked
from strideiq.platform.settings import Settings


def _configured(settings: Settings) -> bool:
    return bool(settings.strava_client_id and settings.strava_client_secret.get_secret_value())


def _ended(session: Session, athlete_id: UUID) -> None:
    activities.end_loans(session, athlete_id, STRAVA.source)


def _put_away(session: Session, athlete_id: UUID) -> None:
    activities.put_loans_away(session, athlete_id, STRAVA.source)


def _revoke(context: Context, athlete_id: UUID) -> None:
    Client(context, athlete_id).revoke()


def _facts(session: Session, athlete_id: UUID, now: datetime) -> Mapping[str, object]:
    return {"lent": activities.lent_counts(session, athlete_id, STRAVA.source, now)}


SERVICE = Service(
    name=NAME,
    title="Strava",
    words=marked(
        "Your activities as they are at Strava, for your own eyes. "
        "Its terms let StrideIQ show them to you, and little else."
    ),
    terms=STRAVA,
    connect_path="/connections/strava/connect",
    configured=_configured,
    work=jobs.work,
    begin=jobs.begin,
    ended=_ended,
    revoke=_revoke,
    put_away=_put_away,
    panel="connections/_strava.html",
    facts=_facts,
)
