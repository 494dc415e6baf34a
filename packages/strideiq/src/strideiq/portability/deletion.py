"""The end of an account: every row of it gone at once, with a permit and a proven backup behind it.

The guards inside the database refuse to lose so much; a permit that names each table and how many
rows at most lets this one act pass. Before it is committed, strongroom is told what is going to be
missing, so that the next start does not take it for a loss. Backups keep what they hold until their
retention lets them go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.exc import DBAPIError

import strongroom
from strideiq.athletes import public as athletes
from strideiq.platform.database import Base
from strideiq.platform.language import gettext as _
from strideiq.portability.errors import DeletionRefusedError, NotProvenError
from strideiq.portability.tables import ACCOUNT, OWNER

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg
    from sqlalchemy.orm import Session

    from strideiq.platform.runtime import Runtime

YEARLY_BY_DEFAULT = 3
"""How many yearly backups strongroom keeps where nothing else is said."""

SLACK_ROWS = 20
"""Rows that may have come since they were counted: a sign-in, an event."""


@dataclass(frozen=True)
class Deleted:
    """What is gone."""

    email: str
    tables: Mapping[str, int]
    permit_id: str | None
    backup_id: str | None

    @property
    def rows(self) -> int:
        """How many rows there were in all tables."""
        return sum(self.tables.values())


def delete_account(
    runtime: Runtime, session: Session, athlete: athletes.AthleteView, *, confirmed_by: str
) -> Deleted:
    """Delete an account with everything in it; whoever calls this has asked, and commits.

    What fails leaves the session as it was, so that an answer can still be given with it.

    Raises:
        NotProvenError: no backup is proven; nothing was deleted.
        InvalidInputError: it is the only administrator's, and there are others.
        DeletionRefusedError: the database refused it; nothing was deleted.
        StrongroomError: the permit was not granted; nothing was deleted.
    """
    athletes.may_leave(session, athlete.athlete_id)
    database = runtime.database
    if database is None:  # nobody guards this database, as in tests of parts
        return Deleted(athlete.email, _delete_rows(session, athlete.athlete_id), None, None)
    backup = _proven(database.configuration)
    permit = strongroom.grant_permit(
        database,
        [
            strongroom.Effect("delete", f"public.{name}", rows_max=rows + SLACK_ROWS)
            for name, rows in _counted(session, athlete.athlete_id).items()
        ],
        backup,
        confirmed_by=confirmed_by,
        reason=f"account {athlete.athlete_id} is deleted",
    )
    try:
        with session.begin_nested():
            connection = session.connection().connection.driver_connection
            permit_id = strongroom.open_permit(
                cast("psycopg.Connection", connection), permit.secret
            )
            gone = _delete_rows(session, athlete.athlete_id)
    except DBAPIError as error:
        raise DeletionRefusedError(
            _("The database refused the deletion. Nothing was deleted: {why}").format(
                why=str(error.orig).splitlines()[0]
            ),
            next_step=_("try again; if it stays so, tell whoever runs this server"),
        ) from error
    for name, rows in gone.items():
        strongroom.plan_deletion(
            database.configuration, table=f"public.{name}", rows=rows, permit_id=permit_id
        )
    return Deleted(athlete.email, gone, permit_id, backup.backup_id)


def backups_keep_words(configuration: strongroom.Configuration | None) -> str:
    """How long backups from before hold what was deleted, as this server is set up."""
    if configuration is None or configuration.schedule.get("prune", "never") == "never":
        return _(
            "This server removes no backup by itself: whoever runs it does, with strongroom prune."
        )
    years = int(configuration.retention.get("yearly", YEARLY_BY_DEFAULT))
    return _(
        "They are removed by their retention, at the latest after about {years} years. But for the "
        "last proven one in which a table had its most rows: it stays until a newer one has as "
        "many, or until whoever runs this server lets it go."
    ).format(years=years)


def _counted(session: Session, athlete_id: UUID) -> dict[str, int]:
    """How many rows each table has of the athlete; tables that are empty of them are no effect."""
    counts = {
        table.name: session.scalar(
            select(func.count()).select_from(table).where(table.columns[OWNER] == athlete_id)
        )
        or 0
        for table in _tables()
    }
    return {name: rows for name, rows in counts.items() if rows}


def _delete_rows(session: Session, athlete_id: UUID) -> dict[str, int]:
    """Delete table by table, those first that refer to others, and the account itself last."""
    account = Base.metadata.tables[ACCOUNT]
    session.execute(
        select(account.c.athlete_id).where(account.c.athlete_id == athlete_id).with_for_update()
    )
    _hand_over(session, athlete_id)
    gone = {}
    for table in _tables():
        statement = delete(table).where(table.columns[OWNER] == athlete_id)
        rows = session.connection().execute(statement).rowcount
        if rows > 0:
            gone[table.name] = rows
    return gone


def _hand_over(session: Session, athlete_id: UUID) -> None:
    """What an administrator decided for everybody stays decided, by another one."""
    account = Base.metadata.tables[ACCOUNT]
    choices = Base.metadata.tables["administrator_choice"]
    heir = session.scalar(
        select(account.c.athlete_id)
        .where(account.c.administrator_since.is_not(None), account.c.athlete_id != athlete_id)
        .order_by(account.c.administrator_since)
        .limit(1)
    )
    if heir is None:
        return
    known = select(choices.c.name).where(choices.c.athlete_id == heir)
    session.execute(
        update(choices)
        .where(choices.c.athlete_id == athlete_id, choices.c.name.not_in(known))
        .values(athlete_id=heir)
    )


def _tables() -> list[Table]:
    return [table for table in reversed(Base.metadata.sorted_tables) if OWNER in table.columns]


def _proven(configuration: strongroom.Configuration) -> strongroom.ProvenBackup:
    """The newest proven backup, which a mistake would be mended from."""
    for manifest in strongroom.list_backups(configuration):
        proof = strongroom.latest_proof(configuration, manifest.backup_id)
        if proof is not None and proof.verdict == "proven":
            return strongroom.ProvenBackup(manifest.backup_id, manifest.incarnation, proof.at)
    raise NotProvenError(
        _("No backup is proven, from which a mistake could be mended. Nothing was deleted."),
        next_step=_("prove one on the page Your data, then try again"),
    )
