"""Accounts: language, administrators, second factors, passkeys, what happened to an account.

Revision: 0018, after 0015.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("administrator_since", "disabled_at"):
        op.add_column("athlete", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("athlete", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("sign_in", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("sign_in", sa.Column("user_agent", sa.Text(), nullable=True))
    op.add_column("sign_in", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    _ways_to_sign_in()
    _events()
    _administration()


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Going back would drop every passkey and second factor. "
        "To go back, restore a backup: strongroom restore"
    )


def _ways_to_sign_in() -> None:
    op.create_table(
        "second_factor",
        _athlete(),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        _of_athlete("second_factor"),
        sa.PrimaryKeyConstraint("athlete_id", name=op.f("second_factor_pkey")),
    )
    op.create_table(
        "recovery_code",
        _athlete(),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        _of_athlete("recovery_code"),
        sa.PrimaryKeyConstraint("athlete_id", "code_hash", name=op.f("recovery_code_pkey")),
    )
    op.create_table(
        "passkey",
        _athlete(),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        _of_athlete("passkey"),
        sa.PrimaryKeyConstraint("athlete_id", "credential_id", name=op.f("passkey_pkey")),
        sa.UniqueConstraint("credential_id", name=op.f("passkey_credential_id_key")),
    )


def _events() -> None:
    op.create_table(
        "account_event",
        _athlete(),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        _moment("happened_at"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        _of_athlete("account_event"),
        sa.PrimaryKeyConstraint("athlete_id", "event_id", name=op.f("account_event_pkey")),
    )


def _administration() -> None:
    op.create_table(
        "invitation",
        _athlete(),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _moment("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _of_athlete("invitation"),
        sa.PrimaryKeyConstraint("athlete_id", "token_hash", name=op.f("invitation_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("invitation_token_hash_key")),
    )
    op.create_table(
        "administrator_choice",
        _athlete(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        _moment("said_at"),
        _of_athlete("administrator_choice"),
        sa.PrimaryKeyConstraint("athlete_id", "name", name=op.f("administrator_choice_pkey")),
    )


def _athlete() -> sa.Column[object]:
    return sa.Column("athlete_id", sa.Uuid(), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _of_athlete(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["athlete_id"],
        ["athlete.athlete_id"],
        name=op.f(f"{table}_athlete_id_fkey"),
        ondelete="CASCADE",
    )
