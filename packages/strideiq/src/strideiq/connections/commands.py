"""The verb ``sync``: fetch what the services have, now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strideiq.platform.output import Output, pass_output

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from strideiq.connections.registry import Context
    from strideiq.connections.service import ConnectionView
    from strideiq.platform.runtime import Runtime

NEEDS_ATHLETE_EXIT_CODE = 3


@click.command("sync")
@click.option("--service", "name", help="Only this service, such as strava.")
@click.option("--athlete", "email", help="Only the connections of this athlete.")
@pass_output
def sync(output: Output, name: str | None, email: str | None) -> None:
    r"""Fetch everything that connected services have, as far as they let us now.

    What the services' limits leave for later is fetched by strideiq up or strideiq worker, or by
    the next call. Nothing here is deleted or overwritten by it, and nothing comes twice.

    \b
    Exit codes: 0 every connection is in order, also where it has to wait
                3 a connection fails, or was ended by its service
                1 any other error, 2 wrong usage, 10-17 not the expected database
    """
    from strideiq.connections.registry import Context, service_named, utc_now
    from strideiq.connections.runner import Runner
    from strideiq.platform.runtime import opened
    from strideiq.safety.public import note_change

    if name is not None:
        service_named(name)
    paths = output.paths()
    with opened(paths) as runtime:
        context = Context(runtime.sessions, runtime.settings, runtime.keys)
        wanted = _wanted(runtime, name, email)
        _ask(context, wanted)
        runner = Runner(runtime.engine, context, only=frozenset(wanted))
        if runner.work_off():
            note_change(paths.directory / "run")
        with runtime.sessions() as session:
            found = _views(session, wanted)
        next_at = runner.next_due()
    document = {"connections": found, "next_at": next_at, "at": utc_now()}
    output.result(document, [_line(one) for one in found] or ["Nothing is connected."])
    if any(one["state"] in {"failing", "revoked"} for one in found):
        click.get_current_context().exit(NEEDS_ATHLETE_EXIT_CODE)


def _wanted(runtime: Runtime, name: str | None, email: str | None) -> list[tuple[UUID, str]]:
    """The connections that are meant; ended ones are told of, and not synced."""
    from strideiq.athletes.public import all_athletes
    from strideiq.connections import service
    from strideiq.connections.registry import utc_now
    from strideiq.platform.errors import NotFoundError

    with runtime.sessions() as session:
        athletes = [one for one in all_athletes(session) if email in {None, one.email}]
        if not athletes and email is not None:
            raise NotFoundError(
                f"There is no athlete with the address {email}.", next_step="strideiq athlete list"
            )
        return [
            (one.athlete_id, view.service)
            for one in athletes
            for view in service.views(session, one.athlete_id, utc_now()).values()
            if name in {None, view.service} and view.state != "disconnected"
        ]


def _ask(context: Context, wanted: list[tuple[UUID, str]]) -> None:
    """Ask for a whole sync where none is going on."""
    from strideiq.connections import queue, service

    now = context.clock()
    for athlete_id, name in wanted:
        with context.sessions.begin() as session:
            row = service.row_of(session, athlete_id, name)
            waits = queue.waiting(session, athlete_id, name, now)
            if row.state in queue.AT_WORK and not waits:
                service.sync_again(session, athlete_id, name, now)


def _views(session: Session, wanted: list[tuple[UUID, str]]) -> list[dict[str, object]]:
    from strideiq.athletes.public import athlete_of
    from strideiq.connections import service
    from strideiq.connections.registry import utc_now

    found: list[dict[str, object]] = []
    for athlete_id, name in wanted:
        view: ConnectionView = service.views(session, athlete_id, utc_now())[name]
        found.append({"athlete": athlete_of(session, athlete_id).email, **view.as_dict()})
    return found


def _line(one: dict[str, object]) -> str:
    said = f"{one['service']:<8} {one['athlete']}  {one['state']}"
    said += f", {one['done']} done" + (f", {one['waiting']} waiting" if one["waiting"] else "")
    if one["limited_until"]:
        said += f", limited until {one['limited_until']}"
    return said + (f"\n         {one['error']} Next: {one['next']}." if one["error"] else "")
