"""What of a track anybody may see: zones around places, and lengths of its start and end.

Every page and every address that gives positions away takes them from ``shown_streams``. The
circle that is cut is larger than the zone and its middle lies beside the place, drawn once by lot:
where many tracks end at a circle, its middle can be computed, and it must not be the door.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ScalarSelect, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from strideiq.activities import views
from strideiq.activities.measures import EARTH_RADIUS_M, Floats, travelled_m
from strideiq.activities.page_models import PrivacySetting, PrivacyZone
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _

RADIUS_MIN_M, RADIUS_MAX_M = 100.0, 5_000.0
HIDDEN_LENGTH_MAX_M = 5_000.0
ZONES_MAX = 20
NAME_LENGTH_MAX = 60
SHIFT_SHARE = (0.2, 0.5)
"""By how much of its radius the middle of a zone is moved, at least and at most."""

POSITION, HEIGHT = ("latitude_deg", "longitude_deg"), "altitude_m"
_METRES_PER_DEGREE = math.radians(EARTH_RADIUS_M)


@dataclass(frozen=True)
class Zone:
    """A place with the distance around it that is hidden."""

    zone_id: UUID
    name: str
    latitude_deg: float
    longitude_deg: float
    radius_m: float
    shift_north_m: float = 0.0
    shift_east_m: float = 0.0

    @property
    def cut_radius_m(self) -> float:
        """The radius of the circle that is cut: it covers the zone from its moved middle."""
        return self.radius_m + math.hypot(self.shift_north_m, self.shift_east_m)

    def offsets_m(self, latitude_deg: Floats, longitude_deg: Floats) -> tuple[Floats, Floats]:
        """Metres north and east of the cut circle's middle."""
        narrower = _METRES_PER_DEGREE * max(math.cos(math.radians(self.latitude_deg)), 1e-6)
        east_deg = np.mod(longitude_deg - self.longitude_deg + 180.0, 360.0) - 180.0
        north_m = (latitude_deg - self.latitude_deg) * _METRES_PER_DEGREE - self.shift_north_m
        return north_m, east_deg * narrower - self.shift_east_m


@dataclass(frozen=True)
class Privacy:
    """All that an athlete hides."""

    zones: tuple[Zone, ...] = ()
    hide_start_m: float = 0.0
    hide_end_m: float = 0.0

    @property
    def hides(self) -> bool:
        """Whether anything is hidden at all."""
        return bool(self.zones) or self.hide_start_m > 0 or self.hide_end_m > 0


def privacy_of(session: Session, athlete_id: UUID) -> Privacy:
    """What this athlete hides."""
    return privacy_beside(session, athlete_id, ())[0]


def privacy_beside(
    session: Session, athlete_id: UUID, asked: Sequence[ScalarSelect[Any]]
) -> tuple[Privacy, Sequence[Any]]:
    """What this athlete hides, and what else was asked for, by one query."""
    lengths = select(PrivacySetting).where(PrivacySetting.athlete_id == athlete_id).subquery()
    zones = (
        select(PrivacyZone)
        .where(PrivacyZone.athlete_id == athlete_id, PrivacyZone.removed_at.is_(None))
        .subquery()
    )
    zone = aliased(PrivacyZone, zones)
    # There is one row at least, and either of the two may be without the other.
    rows = session.execute(
        select(zone, lengths.c.hide_start_m, lengths.c.hide_end_m, *asked)
        .select_from(select(literal(1).label("one")).subquery())
        .outerjoin(lengths, true())
        .outerjoin(zone, true())
        .order_by(zone.created_at, zone.zone_id)
    ).all()
    _, hide_start_m, hide_end_m, *others = rows[0]
    hidden_zones = tuple(_zone(row[0]) for row in rows if row[0] is not None)
    return Privacy(hidden_zones, hide_start_m or 0.0, hide_end_m or 0.0), others


@dataclass(frozen=True)
class ShownStreams:
    """An activity's channels as they may be shown."""

    channels: dict[str, Floats]
    hidden: bool = False
    """Whether a position was taken out."""

    @property
    def for_others(self) -> dict[str, Floats]:
        """The channels, heights only where positions are: a profile tells a place as well."""
        height = self.channels.get(HEIGHT)
        if height is None or not self.hidden:
            return self.channels
        return self.channels | {
            HEIGHT: np.where(np.isnan(self.channels[POSITION[0]]), np.nan, height)
        }


def shown_streams(
    session: Session,
    athlete_id: UUID,
    activity_id: UUID,
    *,
    whole: bool = False,
    privacy: Privacy | None = None,
) -> ShownStreams:
    """Every sample of an activity, without the positions that the athlete hides.

    ``whole`` is for the athlete's own eyes, on a page that says so. ``privacy`` is what the
    athlete hides, where it was asked for already.
    """
    channels = views.streams(session, athlete_id, activity_id)
    if whole or not all(channel in channels for channel in POSITION):
        return ShownStreams(channels)
    hides = privacy_of(session, athlete_id) if privacy is None else privacy
    return without_hidden(channels, hides)


def without_hidden(channels: dict[str, Floats], privacy: Privacy) -> ShownStreams:
    """The channels without the positions that this privacy hides."""
    if not privacy.hides:
        return ShownStreams(channels)
    latitude_deg, longitude_deg = (channels[name] for name in POSITION)
    mask = hidden(privacy, latitude_deg, longitude_deg, channels.get("distance_m"))
    shown = {name: np.where(mask, np.nan, channels[name]) for name in POSITION}
    return ShownStreams(channels | shown, hidden=bool(mask.any()))


def hidden(
    privacy: Privacy, latitude_deg: Floats, longitude_deg: Floats, distance_m: Floats | None
) -> NDArray[np.bool_]:
    """Which samples are hidden; also both ends of a line that would be drawn through a zone."""
    mask = np.zeros(len(latitude_deg), dtype=np.bool_)
    known = np.flatnonzero(np.isfinite(latitude_deg) & np.isfinite(longitude_deg))
    if len(known) == 0:
        return mask
    for zone in privacy.zones:
        north_m, east_m = zone.offsets_m(latitude_deg[known], longitude_deg[known])
        inside = _inside(north_m, east_m, zone.cut_radius_m)
        mask[known[inside]] = True
    so_far = _so_far(latitude_deg, longitude_deg, distance_m)[known]
    at_ends = (so_far - so_far[0] < privacy.hide_start_m) | (
        so_far[-1] - so_far < privacy.hide_end_m
    )
    mask[known[at_ends]] = True
    return mask


def add_zone(
    session: Session,
    athlete_id: UUID,
    *,
    name: str,
    latitude_deg: float,
    longitude_deg: float,
    radius_m: float,
) -> UUID:
    """Hide what is around a place; the caller commits.

    Raises:
        InvalidInputError: there is no such place, or the radius cannot be used.
    """
    _check_place(latitude_deg, longitude_deg, radius_m)
    if len(privacy_of(session, athlete_id).zones) >= ZONES_MAX:
        raise InvalidInputError(
            _("There are as many zones as there can be."), next_step=_("remove one first")
        )
    lot = secrets.SystemRandom()
    bearing, length_m = lot.uniform(0, 2 * math.pi), radius_m * lot.uniform(*SHIFT_SHARE)
    zone = PrivacyZone(
        athlete_id=athlete_id,
        zone_id=uuid4(),
        name=" ".join(name.split())[:NAME_LENGTH_MAX] or _("A place"),
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        radius_m=radius_m,
        shift_north_m=length_m * math.cos(bearing),
        shift_east_m=length_m * math.sin(bearing),
    )
    session.add(zone)
    session.flush()
    return zone.zone_id


def set_zone_removed(session: Session, athlete_id: UUID, zone_id: UUID, *, removed: bool) -> None:
    """Take a zone away, or bring it back.

    Raises:
        NotFoundError: the athlete has no such zone.
    """
    found = session.execute(
        update(PrivacyZone)
        .where(PrivacyZone.athlete_id == athlete_id, PrivacyZone.zone_id == zone_id)
        .values(removed_at=func.now() if removed else None)
        .returning(PrivacyZone.zone_id)
    ).one_or_none()
    if found is None:
        raise NotFoundError(_("There is no such zone."), next_step=_("open the list of zones"))


def hide_ends(
    session: Session, athlete_id: UUID, *, hide_start_m: float, hide_end_m: float
) -> None:
    """Hide this much of the start and of the end of every track.

    Raises:
        InvalidInputError: a length is negative, too long or no number.
    """
    lengths = {"hide_start_m": hide_start_m, "hide_end_m": hide_end_m}
    if not all(0 <= length <= HIDDEN_LENGTH_MAX_M for length in lengths.values()):
        raise InvalidInputError(
            _("A hidden start or end is between nothing and 5 km long."),
            next_step=_("choose a shorter length"),
        )
    statement = insert(PrivacySetting).values(athlete_id=athlete_id, **lengths)
    session.execute(statement.on_conflict_do_update(index_elements=["athlete_id"], set_=lengths))


def _zone(row: PrivacyZone) -> Zone:
    return Zone(
        zone_id=row.zone_id,
        name=row.name,
        latitude_deg=row.latitude_deg,
        longitude_deg=row.longitude_deg,
        radius_m=row.radius_m,
        shift_north_m=row.shift_north_m,
        shift_east_m=row.shift_east_m,
    )


def _check_place(latitude_deg: float, longitude_deg: float, radius_m: float) -> None:
    if not (abs(latitude_deg) <= 90 and abs(longitude_deg) <= 180):  # noqa: PLR2004  the globe
        raise InvalidInputError(
            _("There is no such place."),
            next_step=_("write a latitude from -90 to 90 and a longitude from -180 to 180"),
        )
    if not RADIUS_MIN_M <= radius_m <= RADIUS_MAX_M:
        raise InvalidInputError(
            _("A zone has a radius between 100 m and 5 km."), next_step=_("choose another radius")
        )


def _inside(north_m: Floats, east_m: Floats, radius_m: float) -> NDArray[np.bool_]:
    inside = np.hypot(north_m, east_m) <= radius_m
    if len(north_m) < 2:  # noqa: PLR2004  a line has two ends
        return inside
    north, east = np.diff(north_m), np.diff(east_m)
    squared = np.maximum(north**2 + east**2, 1e-12)
    nearest = np.clip(-(north_m[:-1] * north + east_m[:-1] * east) / squared, 0.0, 1.0)
    through = np.hypot(north_m[:-1] + nearest * north, east_m[:-1] + nearest * east) <= radius_m
    crossing = through & ~inside[:-1] & ~inside[1:]
    inside[:-1] |= crossing
    inside[1:] |= crossing
    return inside


def _so_far(latitude_deg: Floats, longitude_deg: Floats, distance_m: Floats | None) -> Floats:
    """The distance at every sample: the recorded one, else along the track."""
    if distance_m is None or not np.isfinite(distance_m).any():
        distance_m = travelled_m(latitude_deg, longitude_deg)
    known = np.flatnonzero(np.isfinite(distance_m))
    return np.interp(np.arange(len(distance_m)), known, np.maximum.accumulate(distance_m[known]))
