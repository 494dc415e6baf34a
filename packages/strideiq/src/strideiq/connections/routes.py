"""The page of connections: what is connected, how far it is, what the terms allow, how to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.connections import service
from strideiq.connections.garmin.notifications import address as garmin_address
from strideiq.connections.garmin.service import SERVICE as GARMIN
from strideiq.connections.registry import Context, Service, service_named, services, utc_now
from strideiq.connections.service import ConnectionView
from strideiq.imports.public import wake_worker
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render

PAGE = "/connections"
TOLD = ("connected", "weather", "denied", "partly", "disconnected", "untold")
"""What the address may tell once."""

router = APIRouter(prefix=PAGE, include_in_schema=False)


@dataclass(frozen=True)
class Shown:
    """A service with the athlete's connection, if there is or was one."""

    service: Service
    connection: ConnectionView | None
    configured: bool
    facts: Mapping[str, object]

    @property
    def at_work(self) -> bool:
        """Whether it is connected now."""
        return self.connection is not None and self.connection.at_work

    @property
    def busy(self) -> bool:
        """Whether it fetches something now."""
        one = self.connection
        return one is not None and one.at_work and not one.paused and one.waiting > 0


@router.get("")
def connections_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, told: str = ""
) -> Response:
    """Show every service, connected or not."""
    settings = request.app.state.runtime.settings
    now = utc_now()
    found = service.views(session, athlete.athlete_id, now)
    shown = [
        Shown(
            one,
            found.get(one.name),
            one.configured(settings),
            one.facts(session, athlete.athlete_id, now) if one.facts else {},
        )
        for one in services()
    ]
    return render(
        request,
        "connections/connections.html",
        shown=shown,
        told=told if told in TOLD else "",
        garmin_told=_garmin_told(request, athlete),
        watched=settings.watched_folder,
    )


@router.post("/{name}/pause")
def pause(session: DatabaseSession, athlete: CurrentAthlete, name: str) -> Response:
    """Ask the service for nothing until told to go on."""
    _set_paused(session, athlete, name, paused=True)
    return RedirectResponse(PAGE, status_code=303)


@router.post("/{name}/resume")
def resume(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, name: str
) -> Response:
    """Go on where it was paused."""
    _set_paused(session, athlete, name, paused=False)
    wake_worker(request)
    return RedirectResponse(PAGE, status_code=303)


@router.post("/{name}/sync")
def sync_again(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, name: str
) -> Response:
    """Ask for everything once more; nothing that is here is lost or doubled by it."""
    service.sync_again(session, athlete.athlete_id, service_named(name).name, utc_now())
    wake_worker(request)
    return RedirectResponse(PAGE, status_code=303)


@router.post("/{name}/disconnect")
async def disconnect(
    request: Request,
    athlete: CurrentAthlete,
    name: str,
    *,
    put_away: Annotated[bool, Form()] = False,
) -> Response:
    """End a connection; with ``put_away`` entries without a word of the athlete go to the bin."""
    wanted = service_named(name)

    def end() -> bool:
        context = context_of(request)
        return service.disconnect(context, athlete.athlete_id, wanted.name, put_away=put_away)

    heard = await run_in_threadpool(end)
    return RedirectResponse(f"{PAGE}?told={'disconnected' if heard else 'untold'}", status_code=303)


def _garmin_told(request: Request, athlete: AthleteView) -> str:
    """The address to tell Garmin, for those who look after the server."""
    runtime = request.app.state.runtime
    if not athlete.administrator or not GARMIN.configured(runtime.settings):
        return ""
    return garmin_address(runtime.keys, runtime.settings)


def context_of(request: Request) -> Context:
    """What a service works with, from the running application."""
    runtime = request.app.state.runtime
    return Context(runtime.sessions, runtime.settings, runtime.keys)


def _set_paused(session: DatabaseSession, athlete: AthleteView, name: str, *, paused: bool) -> None:
    wanted = service_named(name)
    service.set_paused(session, athlete.athlete_id, wanted.name, utc_now(), paused=paused)
