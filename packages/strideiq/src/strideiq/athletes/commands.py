"""The verb ``athlete``: add athletes, list them, set a password, make an administrator."""

from __future__ import annotations

import secrets
import sys

import click

from strideiq.platform.output import Output, pass_output


@click.group()
def athlete() -> None:
    """Add athletes, list them, set a password, make an administrator."""


@athlete.command("add")
@click.argument("email")
@click.option("--name", help="What to call the athlete; otherwise the part before the @.")
@click.option("--units", type=click.Choice(["metric", "imperial"]), default="metric")
@click.option("--time-zone", default="UTC", show_default=True, help="Such as Europe/Vienna.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@pass_output
def add(
    output: Output,
    *,
    email: str,
    name: str | None,
    units: str,
    time_zone: str,
    password_stdin: bool,
) -> None:
    """Make an account for EMAIL; without a password, make one up and show it once."""
    from strideiq.athletes import service
    from strideiq.platform.runtime import opened

    password, given = _password(from_stdin=password_stdin)
    with opened(output.paths()) as runtime, runtime.sessions.begin() as session:
        made = service.create(
            session,
            email=email,
            name=name or email.partition("@")[0],
            password=password,
            units=units,
            time_zone=time_zone,
        )
    document: dict[str, object] = {"athlete_id": made.athlete_id, "email": made.email}
    lines = [f"{made.email} has an account."]
    _tell_password(document, lines, password, given=given)
    output.result(document, lines)


@athlete.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--without-second-factor",
    is_flag=True,
    help="Remove second factor, passkeys and API tokens too, for who has lost them.",
)
@pass_output
def set_password(
    output: Output, *, email: str, password_stdin: bool, without_second_factor: bool
) -> None:
    """Set a new password for EMAIL and end every sign-in; without one, make one up."""
    from strideiq.athletes import administration, service
    from strideiq.platform.runtime import opened

    password, given = _password(from_stdin=password_stdin)
    with opened(output.paths()) as runtime, runtime.sessions.begin() as session:
        changed = service.set_password(session, email, password)
        if without_second_factor:
            administration.forget_other_ways_in(session, changed.athlete_id)
    document: dict[str, object] = {"athlete_id": changed.athlete_id, "email": changed.email}
    lines = [f"{changed.email} has a new password, and is signed out everywhere."]
    _tell_password(document, lines, password, given=given)
    output.result(document, lines)


@athlete.command("administrator")
@click.argument("email")
@click.option("--no-longer", is_flag=True, help="Take it back.")
@pass_output
def appoint(output: Output, *, email: str, no_longer: bool) -> None:
    """Let EMAIL look after the accounts: invite, close, reset. Nobody's data is shown for it."""
    from strideiq.athletes import administration
    from strideiq.platform.runtime import opened

    with opened(output.paths()) as runtime, runtime.sessions.begin() as session:
        changed = administration.appoint(session, email, administrator=not no_longer)
    word = "no administrator any more" if no_longer else "an administrator"
    output.result(
        {"athlete_id": changed.athlete_id, "administrator": changed.administrator},
        [f"{changed.email} is {word}."],
    )


@athlete.command("list")
@pass_output
def list_athletes(output: Output) -> None:
    """List everybody with an account."""
    from strideiq.athletes import service
    from strideiq.platform.runtime import opened

    with opened(output.paths()) as runtime, runtime.sessions.begin() as session:
        athletes = service.all_athletes(session)
    width = max((len(one.email) for one in athletes), default=0)
    output.result(
        {"athletes": [vars(one) for one in athletes]},
        [
            f"{one.email:{width}}  {one.name}  ({one.units}, {one.time_zone})"
            + ("  administrator" if one.administrator else "")
            for one in athletes
        ]
        or ["Nobody has an account yet: strideiq athlete add EMAIL"],
    )


def _password(*, from_stdin: bool) -> tuple[str, bool]:
    """A password that a person gave, or one that is made up; never one from the command line."""
    if from_stdin:
        return _read_password(), True
    return secrets.token_urlsafe(12), False


def _read_password() -> str:
    from strideiq.platform.errors import InvalidInputError

    line = sys.stdin.buffer.readline().rstrip(b"\r\n")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise InvalidInputError(
            "The password on standard input is not UTF-8.", next_step="write it as UTF-8"
        ) from None


def _tell_password(
    document: dict[str, object], lines: list[str], password: str, *, given: bool
) -> None:
    if not given:
        document["password"] = password
        lines.append(f"The password is {password} (shown this once).")
