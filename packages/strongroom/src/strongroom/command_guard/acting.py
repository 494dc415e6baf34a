"""What follows when a refused command is about to run: its permit is used, or it is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from strongroom.command_guard.decision import Decision
from strongroom.command_guard.shell.steps import without_secrets
from strongroom.config import CONFIGURATION_NAME, Configuration
from strongroom.config.finding import load_all
from strongroom.drills import latest_proof
from strongroom.errors import StrongroomError
from strongroom.ledger import ledger_of
from strongroom.permits import ListedPermit, listed, open_permit, secret_path
from strongroom.protection import administered

_CONSUME = """
SELECT strongroom_guard.consume('run_command', d.oid, NULL, NULL)
FROM pg_database AS d WHERE d.datname = current_database()
"""
COMMAND_SHOWN_MAX = 500


def acted(decision: Decision, command: str, directory: Path) -> Decision:
    """Let a refused command pass once where a permit names it; else record the refusal.

    What goes wrong here never lets anything through: it becomes one more reason.
    """
    try:
        configurations = _configurations(directory)
    except StrongroomError as error:
        return _with_reason(decision, error.message)
    for configuration in configurations:
        try:
            permit_id = use_permit(configuration, decision.fingerprint)
        except (StrongroomError, psycopg.Error, OSError) as error:
            decision = _with_reason(decision, f"A permit could not be used: {error}")
            continue
        if permit_id is not None:
            _record(configuration, "guard_passed", decision, command, permit_id=permit_id)
            return replace(decision, decision="allow", next=None, permit=permit_id)
    _record(configurations[0], "guard_refused", decision, command)
    return _shortened(decision, configurations[0])


def use_permit(configuration: Configuration, fingerprint: str) -> str | None:
    """Use up a permit for the command with this fingerprint; answer with its id, or None.

    The permit is opened and consumed in one transaction, so that of two runs one passes.

    Raises:
        PermitError: it was used, revoked, or is for another database.
        StrongroomError: the database cannot be reached, or is not the expected one.
    """
    if not any(secret_path(configuration, "any").parent.glob("*.secret")):
        return None
    with administered(configuration) as connection:
        fitting = [one for one in listed(connection) if _names(one, fingerprint)]
        for permit in fitting:
            path = secret_path(configuration, permit.id)
            if not path.is_file():
                continue
            with connection.transaction():
                open_permit(connection, path.read_text(encoding="utf-8").strip())
                if not connection.execute(_CONSUME).fetchall()[0][0]:
                    raise psycopg.Rollback
            path.unlink()
            ledger_of(configuration).record("permit_used", permit_id=permit.id)
            return permit.id
    return None


def _names(permit: ListedPermit, fingerprint: str) -> bool:
    """Whether a permit that nobody has used is for this command and nothing else."""
    effects = [(one.kind, one.table) for one in permit.effects]
    return permit.condition == "open" and effects == [("run_command", fingerprint)]


def _configurations(directory: Path) -> list[Configuration]:
    for where in (directory, *directory.parents):
        path = where / CONFIGURATION_NAME
        if path.is_file():
            return load_all(path)
    return []


def _record(
    configuration: Configuration, kind: str, decision: Decision, command: str, **more: str
) -> None:
    """Write it into the ledger. One that cannot be written stops no refusal."""
    told = without_secrets(command.encode(errors="replace").decode())[:COMMAND_SHOWN_MAX]
    try:
        ledger_of(configuration).record(
            kind,
            command=told,
            decision=decision.decision,
            reasons=list(decision.reasons),
            fingerprint=decision.fingerprint,
            **more,
        )
    except (StrongroomError, OSError):
        return


def _shortened(decision: Decision, configuration: Configuration) -> Decision:
    """Ask for no backup where one was proven lately."""
    if decision.decision != "needs_backup" or decision.next is None:
        return decision
    try:
        proof = latest_proof(configuration)
    except (StrongroomError, OSError):
        return decision
    age_max = timedelta(seconds=configuration.policy.proof_age_max_s)
    if proof is None or datetime.now(UTC) - proof.at > age_max:
        return decision
    return replace(
        decision, next=decision.next.removeprefix("strongroom backup && strongroom drill && ")
    )


def _with_reason(decision: Decision, why: str) -> Decision:
    return replace(decision, reasons=(*decision.reasons, without_secrets(why)))
