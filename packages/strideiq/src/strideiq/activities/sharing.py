"""Links that show one activity to whoever holds them, until they end or are taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from strideiq.activities import views
from strideiq.activities.models import Activity
from strideiq.activities.page_models import ShareLink
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import new_token

LINKS_MAX = 20
"""Links in use that one activity may have."""


@dataclass(frozen=True)
class Link:
    """One link, as its athlete sees it; its token is known only when it is made."""

    link_id: UUID
    with_track: bool
    with_heart_rate: bool
    with_name: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    opened: int

    @property
    def in_use(self) -> bool:
        """Whether it still shows anything."""
        return self.revoked_at is None and (
            self.expires_at is None or self.expires_at > datetime.now(UTC)
        )


@dataclass(frozen=True)
class Shared:
    """What a link leads to, and what of it may be seen."""

    athlete_id: UUID
    activity_id: UUID
    link: Link


def share(
    session: Session,
    athlete_id: UUID,
    activity_id: UUID,
    *,
    with_track: bool,
    with_heart_rate: bool,
    with_name: bool,
    lasts: timedelta | None,
) -> str:
    """Make a link and give its token, of which only a hash is kept; the caller commits.

    Raises:
        InvalidInputError: the activity has as many links as it can have, is deleted, or is
            only lent by a service.
        NoSuchActivityError: the athlete has no such activity.
    """
    activity = views.activity(session, athlete_id, activity_id)
    if activity.deleted_at is not None:
        raise InvalidInputError(
            _("A deleted activity cannot be shared."), next_step=_("bring it back first")
        )
    if activity.lender is not None:
        raise InvalidInputError(
            _("What a service only lends cannot be shared: its terms show it to you alone."),
            next_step=_("import the file of this activity first"),
        )
    if sum(link.in_use for link in links(session, athlete_id, activity_id)) >= LINKS_MAX:
        raise InvalidInputError(
            _("This activity has as many links as it can have."), next_step=_("end one first")
        )
    token = new_token()
    session.add(
        ShareLink(
            athlete_id=athlete_id,
            link_id=uuid4(),
            activity_id=activity_id,
            token_hash=_hash(token),
            with_track=with_track,
            with_heart_rate=with_heart_rate,
            with_name=with_name,
            expires_at=None if lasts is None else datetime.now(UTC) + lasts,
        )
    )
    session.flush()
    return token


def links(session: Session, athlete_id: UUID, activity_id: UUID) -> list[Link]:
    """The links of one activity, newest first, those that have ended too."""
    rows = session.scalars(
        select(ShareLink)
        .where(ShareLink.athlete_id == athlete_id, ShareLink.activity_id == activity_id)
        .order_by(ShareLink.created_at.desc(), ShareLink.link_id)
    )
    return [_link(row) for row in rows]


def revoke(session: Session, athlete_id: UUID, link_id: UUID) -> UUID:
    """End a link at once and say whose activity it showed.

    Raises:
        NotFoundError: the athlete has no such link.
    """
    found: UUID | None = session.scalar(
        update(ShareLink)
        .where(ShareLink.athlete_id == athlete_id, ShareLink.link_id == link_id)
        .values(revoked_at=datetime.now(UTC))
        .returning(ShareLink.activity_id)
    )
    if found is None:
        raise NotFoundError(_("There is no such link."), next_step=_("open the activity's links"))
    return found


def shared_by(session: Session, token: str) -> Shared:
    """What a token leads to; counts that it was opened.

    Raises:
        NotFoundError: there is no such link, it has ended, or its activity is deleted. All of
            them look the same.
    """
    row = session.scalar(
        select(ShareLink)
        .join(
            Activity,
            (Activity.athlete_id == ShareLink.athlete_id)
            & (Activity.activity_id == ShareLink.activity_id),
        )
        .where(
            ShareLink.token_hash == _hash(token),
            ShareLink.revoked_at.is_(None),
            or_(ShareLink.expires_at.is_(None), ShareLink.expires_at > datetime.now(UTC)),
            Activity.deleted_at.is_(None),
        )
    )
    if row is None:
        raise NotFoundError(
            _("This link shows nothing, or nothing any more."),
            next_step=_("ask who gave it to you for another"),
        )
    session.execute(
        update(ShareLink)
        .where(ShareLink.athlete_id == row.athlete_id, ShareLink.link_id == row.link_id)
        .values(opened=ShareLink.opened + 1)
        .execution_options(synchronize_session=False)
    )
    return Shared(row.athlete_id, row.activity_id, _link(row))


def _link(row: ShareLink) -> Link:
    return Link(
        link_id=row.link_id,
        with_track=row.with_track,
        with_heart_rate=row.with_heart_rate,
        with_name=row.with_name,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        opened=row.opened,
    )


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
