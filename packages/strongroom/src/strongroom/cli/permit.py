"""``strongroom permit``: ask for, grant, list, revoke and use single-use approvals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import click
from psycopg.conninfo import conninfo_to_dict

from strongroom.cli.confirming import ask_person, confirmed
from strongroom.cli.layout import next_line
from strongroom.cli.output import Output, pass_output
from strongroom.config import Configuration
from strongroom.errors import ConfirmationNeededError, PermitError
from strongroom.identity import open_database
from strongroom.identity.tokens import issue_token
from strongroom.permits import (
    Permit,
    ProvenBackup,
    Request,
    answered,
    ask,
    issue,
    keep_secret,
    listed,
    parse_effect,
    requested,
    requests,
    revoke,
    secret_path,
    settings_of,
)
from strongroom.postgres.connections import ConnectionInfo
from strongroom.protection import administered, drop_permitted, run_permitted

_TOKEN = click.Path(path_type=Path)
_ADMINISTRATOR = click.option(
    "--administrator",
    metavar="ADDRESS",
    callback=lambda _context, _option, given: _address(given) if given else None,
    help="On a server of others: how to connect with the rights to do it, without a password.",
)


@click.group("permit")
def command() -> None:
    """Ask for, grant, list, revoke and use permits: single-use approvals of one effect.

    An effect is written as KIND TABLE [columns=a,b] [rows=N]; kinds are drop_table, drop_column,
    drop_schema, drop_sequence, drop_database, alter_type, set_unlogged, truncate, delete,
    update, disable_guard, run_command. The exit status is 30 where a permit or a confirmation
    is missing.
    """


@command.command("ask")
@click.argument("effects", nargs=-1, required=True, metavar="EFFECT…")
@click.option("--reason", required=True, help="Why; it stays in the ledger.")
@pass_output
def ask_command(output: Output, effects: tuple[str, ...], reason: str) -> None:
    """Ask for a permit. Anybody may ask, and asking allows nothing."""
    configuration = output.configuration()
    request = ask(configuration, [parse_effect(one) for one in effects], reason=reason)
    following = f"strongroom permit grant {request.id}"
    output.result(
        {**request.as_dict(), "next": output.addressed(following)},
        [f"Asked, as request {request.id}.", next_line(output.addressed(following))],
    )


@command.command("grant")
@click.argument("request_id")
@click.option("--lasts-min", type=click.IntRange(min=1), default=60, show_default=True)
@click.option("--issue-token", "token_for", type=_TOKEN, help="Write a one-use token instead.")
@click.option("--token-file", type=_TOKEN, help="Use such a token up.")
@_ADMINISTRATOR
@pass_output
def grant_command(
    output: Output,
    request_id: str,
    lasts_min: int,
    token_for: Path | None,
    token_file: Path | None,
    administrator: ConnectionInfo | None,
) -> None:
    """Grant a permit that was asked for, with a proven backup behind it.

    What policy wants a person for is confirmed on a terminal, or by a token made on one.
    """
    configuration = output.configuration()
    request = requested(configuration, request_id)
    granting = _Granting(output, configuration, request, _proven(configuration))
    if token_for is not None:
        granting.issue_token(token_for)
        return
    permit = granting.granted(timedelta(minutes=lasts_min), token_file, administrator)
    path = keep_secret(configuration, permit)
    answered(configuration, request)
    following = f"strongroom permit run {permit.id} FILE.sql"
    output.result(
        {
            "permit_id": permit.id,
            "secret_file": str(path),
            "expires_at": permit.expires_at,
            "next": output.addressed(following),
        },
        [
            f"Granted, as permit {permit.id}, until {permit.expires_at:%H:%M} UTC.",
            f"Its secret is in {path}.",
            next_line(output.addressed(following)),
        ],
    )


@dataclass(frozen=True)
class _Granting:
    """A request that is about to be granted, and how it is confirmed where it has to be."""

    output: Output
    configuration: Configuration
    request: Request
    backup: ProvenBackup

    @property
    def _told(self) -> list[str]:
        proven = f"{self.backup.proven_at:%Y-%m-%d %H:%M} UTC"
        return [
            f"Request {self.request.id}: {self.request.reason}",
            *(f"  {one}" for one in self.request.effects),
            f"  behind it: backup {self.backup.backup_id}, proven {proven}",
        ]

    @property
    def _following(self) -> str:
        return f"strongroom permit grant {self.request.id}, on a terminal"

    def issue_token(self, destination: Path) -> None:
        """Let a person confirm it now, for whoever brings the token."""
        ask_person(self.output, self.configuration, told=self._told, next_step=self._following)
        issue_token(self.configuration, purpose=_purpose(self.request), destination=destination)
        told = [f"A token was written to {destination}."]
        self.output.result({"token_file": str(destination)}, told)

    def granted(
        self, expires_in: timedelta, token_file: Path | None, administrator: ConnectionInfo | None
    ) -> Permit:
        """Grant it: confirmed where policy wants that, or what was granted before adds up."""
        effects = self.request.effects
        if token_file is None and not settings_of(self.configuration).confirmation_for(effects):
            try:
                return self._issued(None, expires_in, administrator)
            except ConfirmationNeededError:  # with what was granted before, it is too much
                pass
        by = confirmed(
            self.output,
            self.configuration,
            purpose=_purpose(self.request),
            token_file=token_file,
            told=self._told,
            next_step=self._following,
        )
        return self._issued(by, expires_in, administrator)

    def _issued(
        self, by: str | None, expires_in: timedelta, administrator: ConnectionInfo | None
    ) -> Permit:
        progress = self.output.progress()
        with administered(self.configuration, administrator, progress=progress) as connection:
            return issue(
                connection,
                self.configuration,
                self.request.effects,
                self.backup,
                expires_in=expires_in,
                confirmed_by=by,
                reason=self.request.reason,
            )


@command.command("list")
@_ADMINISTRATOR
@pass_output
def list_command(output: Output, administrator: ConnectionInfo | None) -> None:
    """List requests that wait for an answer, and permits."""
    configuration = output.configuration()
    waiting = requests(configuration)
    with administered(configuration, administrator, progress=output.progress()) as connection:
        permits = listed(connection)
    lines = [f"asked    {one.id}  {_effects(one)}  ({one.reason})" for one in waiting]
    lines += [
        f"{one.condition:8} {one.id}  {'; '.join(map(str, one.effects))}  ({one.reason})"
        for one in permits
    ]
    document = {
        "requests": [one.as_dict() for one in waiting],
        "permits": [one.as_dict() for one in permits],
    }
    output.result(document, lines or ["There are none."])


@command.command("revoke")
@click.argument("permit_id")
@_ADMINISTRATOR
@pass_output
def revoke_command(output: Output, permit_id: str, administrator: ConnectionInfo | None) -> None:
    """Take back a permit that was not used."""
    configuration = output.configuration()
    with administered(configuration, administrator, progress=output.progress()) as connection:
        revoke(connection, configuration, permit_id)
    secret_path(configuration, permit_id).unlink(missing_ok=True)
    output.result({"revoked": permit_id}, [f"Permit {permit_id} was revoked."])


@command.command("run")
@click.argument("permit_id")
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
@pass_output
def run_command(output: Output, permit_id: str, file: TextIO | None) -> None:
    """Run FILE as the owner of the tables, with a permit, in one transaction.

    Without FILE the permit must be for drop_database: strongroom drops the database itself.
    A script that fails gives the permit back.
    """
    configuration = output.configuration()
    path = secret_path(configuration, permit_id)
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise PermitError(
            f"The secret of permit {permit_id} is not in {path}.",
            next_step="strongroom permit list",
        ) from error
    with open_database(configuration, progress=output.progress()) as database:
        if file is None:
            drop_permitted(configuration, database, secret)
        else:
            run_permitted(database, secret, file.read())
    path.unlink(missing_ok=True)
    output.result({"used": permit_id}, [f"Done; permit {permit_id} is used up."])


def _proven(configuration: Configuration) -> ProvenBackup:
    """The newest proven backup, as a permit wants it."""
    from strongroom.backups.catalogue import load
    from strongroom.drills import latest_proof

    proof = latest_proof(configuration)
    if proof is None:
        raise PermitError(
            "No backup is proven, so that no permit can be granted.",
            next_step="strongroom backup && strongroom drill",
        )
    manifest = load(configuration, proof.backup_id)
    return ProvenBackup(manifest.backup_id, manifest.incarnation, proof.at)


def _address(given: str) -> ConnectionInfo:
    return {name: str(value) for name, value in conninfo_to_dict(given).items() if value}


def _effects(request: Request) -> str:
    return "; ".join(map(str, request.effects))


def _purpose(request: Request) -> str:
    return f"permit {request.id} {_effects(request)}"
