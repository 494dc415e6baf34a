"""Grant, open, list and revoke permits. Only their granting and revoking needs rights."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg.pq import TransactionStatus

from strongroom.config import Configuration
from strongroom.errors import ConfirmationNeededError, PermitError
from strongroom.ledger import ledger_of
from strongroom.permits.effects import OUTSIDE, UNGUARDED, Effect, ProvenBackup, bare_name
from strongroom.permits.settings import PermitSettings, settings_of
from strongroom.postgres.catalogue import label_of
from strongroom.postgres.connections import database_errors, words_of

Condition = Literal["open", "used", "revoked", "expired"]

# A name without a schema is one of the schema that every database begins with.
_RELATION = """
SELECT CASE WHEN array_length(parse_ident(n.name), 1) = 1 THEN to_regclass('public.' || n.name)
            ELSE to_regclass(n.name) END::oid::bigint
FROM (SELECT %s::text) AS n (name)
"""
_NAMES = """
SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = %s
"""
# Permits that nobody confirmed, of the same window of time, and that were or can be used.
_UNCONFIRMED = """
SELECT coalesce(sum(e.rows_max), 0)
FROM strongroom_guard.permit AS p JOIN strongroom_guard.permit_effect AS e ON e.permit_id = p.id
CROSS JOIN strongroom_guard.setting AS s
WHERE e.relation = %s AND p.confirmed_by = 'policy' AND p.revoked_at IS NULL
  AND (p.opened_xid IS NOT NULL OR p.expires_at > clock_timestamp())
  AND p.granted_at > clock_timestamp() - make_interval(secs => s.window_s)
"""
_SCHEMA = "SELECT oid::bigint FROM pg_namespace WHERE nspname = %s"
_DATABASE = "SELECT oid::bigint FROM pg_database WHERE datname = %s"
_HERE = "SELECT oid::bigint FROM pg_database WHERE datname = current_database()"
_COLUMNS = """
SELECT array_agg(attname::text) FROM pg_attribute
WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped
"""
_IDENTITY = "SELECT incarnation::text FROM strongroom.identity"
_GRANT = """
INSERT INTO strongroom_guard.permit
    (id, secret_sha256, incarnation, backup_id, proven_at, expires_at, confirmed_by, reason)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_EFFECT = """
INSERT INTO strongroom_guard.permit_effect
    (permit_id, kind, relation, label, columns, unused, rows_max)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_OPEN = "SELECT strongroom_guard.open_permit(%s)::text"
_LIST = """
SELECT p.id::text, p.granted_at, p.expires_at, p.confirmed_by, p.reason, p.backup_id,
       CASE WHEN p.revoked_at IS NOT NULL THEN 'revoked'
            WHEN p.opened_xid IS NOT NULL THEN 'used'
            WHEN p.expires_at <= clock_timestamp() THEN 'expired'
            ELSE 'open' END,
       p.opened_at, p.opened_by::text,
       (SELECT array_agg(jsonb_build_object('kind', e.kind, 'table', e.label,
                                            'columns', e.columns, 'rows_max', e.rows_max))
          FROM strongroom_guard.permit_effect AS e WHERE e.permit_id = p.id)
FROM strongroom_guard.permit AS p
ORDER BY p.granted_at
"""
PROVE = "strongroom backup && strongroom drill"
_GUARDED = "SELECT to_regclass('strongroom_guard.permit') IS NOT NULL"
_REVOKE = """
UPDATE strongroom_guard.permit SET revoked_at = clock_timestamp()
WHERE id::text = %s AND opened_xid IS NULL AND revoked_at IS NULL RETURNING id
"""


@dataclass(frozen=True)
class Permit:
    """A permit that was just granted. Its secret is told once, and kept nowhere."""

    id: str
    secret: str = field(repr=False)
    effects: tuple[Effect, ...]
    expires_at: datetime
    incarnation: str


@dataclass(frozen=True)
class ListedPermit:
    """A permit as the database knows it, without its secret."""

    id: str
    granted_at: datetime
    expires_at: datetime
    confirmed_by: str
    reason: str
    backup_id: str
    condition: Condition
    used_at: datetime | None
    used_by: str | None
    effects: tuple[Effect, ...]

    def as_dict(self) -> dict[str, Any]:
        """The permit as shown by ``--json``."""
        return {**vars(self), "effects": [one.as_dict() for one in self.effects]}


def issue(
    connection: psycopg.Connection,
    configuration: Configuration,
    effects: Sequence[Effect],
    backup: ProvenBackup,
    *,
    expires_in: timedelta,
    confirmed_by: str | None,
    reason: str,
) -> Permit:
    """Grant a permit for ``effects``, all in one transaction, once.

    Args:
        connection: of an administrator, to the verified database. It is committed.
        configuration: whose policy decides.
        effects: what is going to happen.
        backup: the proven backup that a mistake would be mended from.
        expires_in: how long it may wait for its use.
        confirmed_by: the person or token that confirmed it; None where nobody did.
        reason: why, for the ledger.

    Raises:
        ConfirmationNeededError: policy wants a person for one of these effects.
        PermitError: an effect names nothing that is there, or the backup is too old or of
            another database.
    """
    settings = settings_of(configuration)
    with database_errors("looking for guards"):
        _require_guards(connection)
    wanted = settings.confirmation_for(effects) or _added_up(connection, settings, effects)
    if confirmed_by is None and wanted:
        raise ConfirmationNeededError(
            f"A person must confirm: {', '.join(wanted)}.",
            next_step="strongroom permit grant, on a terminal",
        )
    _require_grantable(configuration, effects, backup)
    lasting = min(expires_in, timedelta(seconds=settings.lasts_max_s))
    permit = Permit(
        str(uuid.uuid4()),
        secrets.token_urlsafe(32),
        tuple(effects),
        datetime.now(UTC) + lasting,
        backup.incarnation,
    )
    with database_errors("granting a permit"), connection.transaction():
        _write(connection, permit, backup, confirmed_by or "policy", reason)
    connection.commit()
    ledger_of(configuration).record(
        "permit_granted",
        permit_id=permit.id,
        effects=[str(one) for one in effects],
        backup_id=backup.backup_id,
        confirmed_by=confirmed_by or "policy",
        expires_at=permit.expires_at.isoformat(timespec="seconds"),
        reason=reason,
    )
    return permit


def _require_grantable(
    configuration: Configuration, effects: Sequence[Effect], backup: ProvenBackup
) -> None:
    """Refuse a permit that would mean nothing, or that no fresh proof stands behind."""
    if not effects:
        raise _refused("it names no effect")
    if free := sorted({one.kind for one in effects} & UNGUARDED):
        raise _refused(f"nothing in the database refuses to {free[0].replace('_', ' a ')}")
    age_max = timedelta(seconds=configuration.policy.proof_age_max_s)
    if datetime.now(UTC) - backup.proven_at > age_max:
        raise _refused(f"the backup {backup.backup_id} was proven too long ago", "strongroom drill")


def _require_guards(connection: psycopg.Connection) -> None:
    if not _value(connection, _GUARDED):
        raise PermitError(
            "Nothing inside the database guards it, so that there is nothing to permit.",
            next_step="strongroom protect",
        )


def open_permit(connection: psycopg.Connection, secret: str) -> str:
    """Open a permit in the transaction that is going to use it; call it first.

    The caller's transaction stays open: its commit uses the permit up, its rollback gives it
    back.

    Returns:
        The permit's id.

    Raises:
        PermitError: it is unknown, used, expired, revoked, or for another database.
    """
    if connection.autocommit and connection.info.transaction_status == TransactionStatus.IDLE:
        raise PermitError(
            "A permit is opened in the transaction that uses it, and there is none.",
            next_step="open it inside the transaction",
        )
    try:
        row = connection.execute(_OPEN, (secret,)).fetchone()
    except psycopg.Error as error:
        raise PermitError(
            f"PostgreSQL said: {words_of(error)}.",
            next_step="strongroom permit list",
        ) from error
    return str(row[0]) if row else ""


def listed(connection: psycopg.Connection) -> list[ListedPermit]:
    """All permits of this database, oldest first; without guards there are none."""
    with database_errors("listing the permits"):
        if not _value(connection, _GUARDED):
            return []
        rows = connection.execute(_LIST).fetchall()
    return [
        ListedPermit(
            id=row[0],
            granted_at=row[1],
            expires_at=row[2],
            confirmed_by=row[3],
            reason=row[4],
            backup_id=row[5],
            condition=row[6],
            used_at=row[7],
            used_by=row[8],
            effects=tuple(_effect(one) for one in row[9] or ()),
        )
        for row in rows
    ]


def revoke(connection: psycopg.Connection, configuration: Configuration, permit_id: str) -> None:
    """Take back a permit that nobody has used.

    Raises:
        PermitError: there is none, or it was used.
    """
    with database_errors("revoking a permit"), connection.transaction():
        _require_guards(connection)
        found = connection.execute(_REVOKE, (permit_id,)).fetchone()
    connection.commit()
    if found is None:
        raise PermitError(
            f"There is no open permit {permit_id}.", next_step="strongroom permit list"
        )
    ledger_of(configuration).record("permit_revoked", permit_id=permit_id)


def _write(
    connection: psycopg.Connection,
    permit: Permit,
    backup: ProvenBackup,
    confirmed_by: str,
    reason: str,
) -> None:
    here = _value(connection, _IDENTITY)
    if here != backup.incarnation:
        raise _refused("the backup is of another incarnation of this database", PROVE)
    secret_sha256 = hashlib.sha256(permit.secret.encode()).digest()
    connection.execute(
        _GRANT,
        (
            permit.id,
            secret_sha256,
            permit.incarnation,
            backup.backup_id,
            backup.proven_at,
            permit.expires_at,
            confirmed_by,
            reason,
        ),
    )
    for effect in permit.effects:
        target = _target(connection, effect)
        label = _label(connection, effect, target)
        columns = list(effect.columns)
        connection.execute(
            _EFFECT,
            (permit.id, effect.kind, target, label, columns, columns, effect.rows_max),
        )


def _target(connection: psycopg.Connection, effect: Effect) -> int:
    """The number of what an effect names: a name alone could come to mean something else."""
    if effect.kind in OUTSIDE:
        return int(str(_value(connection, _HERE)))
    query = {"drop_schema": _SCHEMA, "drop_database": _DATABASE}.get(effect.kind, _RELATION)
    name = effect.table if query is _RELATION else bare_name(effect.table)
    target = _value(connection, query, name)
    if target is None:
        raise _refused(f"there is no {effect.table} in this database")
    if effect.columns:
        there = _value(connection, _COLUMNS, target)
        known = set(there) if isinstance(there, list) else set()
        if missing := set(effect.columns) - known:
            raise _refused(f"{effect.table} has no column {', '.join(sorted(missing))}")
    return int(str(target))


def _added_up(
    connection: psycopg.Connection, settings: PermitSettings, effects: Sequence[Effect]
) -> list[str]:
    """Tables of which nobody has confirmed the loss of so many rows in one window together."""
    rows: dict[int, int] = {}
    with database_errors("looking at earlier permits"), connection.transaction():
        for effect in effects:
            target = _target(connection, effect)
            before = _value(connection, _UNCONFIRMED, target)
            rows.setdefault(target, int(str(before)))
            rows[target] += effect.rows_max or 0
            if effect.rows_max and rows[target] > settings.rows_without_confirmation:
                return [f"{effect}, the last of {rows[target]} rows"]
    return []


def _label(connection: psycopg.Connection, effect: Effect, target: int) -> str:
    """The name as everything else writes it, however it was asked for."""
    if effect.kind in {"drop_schema", "drop_database"} | OUTSIDE:
        return bare_name(effect.table)
    row = connection.execute(_NAMES, (target,)).fetchone()
    return label_of(*row) if row else effect.table


def _value(connection: psycopg.Connection, query: str, *parameters: object) -> object:
    row = connection.execute(query.encode(), parameters).fetchone()
    return row[0] if row else None


def _effect(found: dict[str, Any]) -> Effect:
    return Effect(found["kind"], found["table"], tuple(found["columns"]), found["rows_max"])


def _refused(why: str, next_step: str = "strongroom permit ask") -> PermitError:
    return PermitError(f"No permit was granted: {why}.", next_step=next_step)
