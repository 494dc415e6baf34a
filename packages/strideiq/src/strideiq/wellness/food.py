"""What was eaten and drunk, and what of it during a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _
from strideiq.platform.language import inside, marked
from strideiq.wellness import versions
from strideiq.wellness.models import NutritionEntry

MEALS = {
    "breakfast": marked("Breakfast"),
    "lunch": marked("Lunch"),
    "dinner": marked("Dinner"),
    "snack": marked("Snack"),
    "fuel": marked("During a run"),
}
LIMITS = {
    "energy_kcal": (marked("Energy"), 10_000.0, "kcal"),
    "carbohydrate_g": (marked("Carbohydrate"), 1_500.0, "g"),
    "protein_g": (marked("Protein"), 1_000.0, "g"),
    "fat_g": (marked("Fat"), 1_000.0, "g"),
    "fluid_ml": (marked("Fluid"), 10_000.0, "ml"),
}
"""Title, the most that one meal can have, and unit of each figure."""

DESCRIPTION_LENGTH_MAX = 300
FIRST_YEAR = 1950


class FoodError(InvalidInputError):
    """What was typed of a meal is impossible; nothing was kept."""

    code = "food"


@dataclass(frozen=True)
class Totals:
    """What the meals of a day add up to; None where no meal names it."""

    energy_kcal: float | None
    carbohydrate_g: float | None
    protein_g: float | None
    fat_g: float | None
    fluid_ml: float | None


def add(session: Session, athlete_id: UUID, typed: Mapping[str, str]) -> NutritionEntry:
    """Note a meal.

    Raises:
        FoodError: something of it is impossible.
        NoSuchActivityError: the run that it belongs to is not the athlete's.
    """
    values = _read(session, athlete_id, typed)
    entry = NutritionEntry(athlete_id=athlete_id, nutrition_entry_id=uuid4(), **values)
    return versions.add(session, entry)


def change(
    session: Session, athlete_id: UUID, entry_id: UUID, typed: Mapping[str, str]
) -> NutritionEntry:
    """Change a meal; what it was stays as a version.

    Raises:
        FoodError: something of it is impossible; nothing was changed.
        NotFoundError: the meal or the run is not the athlete's.
    """
    entry = versions.find(session, NutritionEntry, athlete_id, entry_id, lock=True)
    return versions.change(session, entry, _read(session, athlete_id, typed))


def of_day(session: Session, athlete_id: UUID, day: date) -> list[NutritionEntry]:
    """The meals of a day on the athlete's calendar, in their order."""
    return between(session, athlete_id, day, day)


def between(session: Session, athlete_id: UUID, first: date, last: date) -> list[NutritionEntry]:
    """The meals of some days on the athlete's calendar, in their order."""
    zone = ZoneInfo(athletes.time_zone_of(session, athlete_id))
    begin = datetime.combine(first, time(), tzinfo=zone)
    following = datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
    return list(
        session.scalars(
            select(NutritionEntry)
            .where(
                NutritionEntry.athlete_id == athlete_id,
                NutritionEntry.deleted_at.is_(None),
                NutritionEntry.eaten_at >= begin,
                NutritionEntry.eaten_at < following,
            )
            .order_by(NutritionEntry.eaten_at, NutritionEntry.nutrition_entry_id)
        )
    )


def of_activity(session: Session, athlete_id: UUID, activity_id: UUID) -> list[NutritionEntry]:
    """What was taken during an activity, in its order."""
    return list(
        session.scalars(
            select(NutritionEntry)
            .where(
                NutritionEntry.athlete_id == athlete_id,
                NutritionEntry.activity_id == activity_id,
                NutritionEntry.deleted_at.is_(None),
            )
            .order_by(NutritionEntry.eaten_at)
        )
    )


def totals(entries: Sequence[NutritionEntry]) -> Totals:
    """What meals add up to."""
    sums: dict[str, float | None] = {}
    for name in LIMITS:
        known = [value for each in entries if (value := getattr(each, name)) is not None]
        sums[name] = sum(known) if known else None
    return Totals(**sums)


def _read(session: Session, athlete_id: UUID, typed: Mapping[str, str]) -> dict[str, object]:
    meal = typed.get("meal", "").strip()
    if meal not in MEALS:
        raise FoodError(_("This is no meal."), next_step=_("choose one of the list"))
    description = " ".join(typed.get("description", "").split())
    if not 0 < len(description) <= DESCRIPTION_LENGTH_MAX or not description.isprintable():
        raise FoodError(
            _("A meal is described in 1 to %(count)s characters.")
            % {"count": DESCRIPTION_LENGTH_MAX},
            next_step=_("write what it was"),
        )
    activity_id = _activity(session, athlete_id, typed.get("activity_id", ""))
    if activity_id is not None and meal != "fuel":
        activity_id = None
    return {
        "meal": meal,
        "description": description,
        "eaten_at": _moment(session, athlete_id, typed.get("day", ""), typed.get("time", "")),
        "activity_id": activity_id,
        **{name: _figure(name, typed.get(name, "")) for name in LIMITS},
    }


def _figure(name: str, typed: str) -> float | None:
    title, most, unit = LIMITS[name]
    typed = typed.strip().replace(",", ".")
    if not typed:
        return None
    try:
        value = float(typed)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= most:
        raise FoodError(
            _("“%(typed)s” is no figure for %(what)s; nothing was changed.")
            % {"typed": typed[:20], "what": inside(_(title))},
            next_step=_("give one between 0 and %(most)s %(unit)s")
            % {"most": f"{most:g}", "unit": unit},
        )
    return round(value, 1)


def _moment(session: Session, athlete_id: UUID, day: str, clock: str) -> datetime:
    zone = ZoneInfo(athletes.time_zone_of(session, athlete_id))
    try:
        local = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), tzinfo=zone)
    except ValueError:
        raise FoodError(
            _("This is no day and time."), next_step=_("write them as 2026-11-22 and 07:30")
        ) from None
    moment = local.astimezone(UTC) if local.year >= FIRST_YEAR else local
    if local.year < FIRST_YEAR or moment > datetime.now(UTC) + timedelta(days=1):
        raise FoodError(
            _("A meal of %(day)s cannot be noted today.") % {"day": day},
            next_step=_("choose today or a day before it"),
        )
    return moment


def _activity(session: Session, athlete_id: UUID, typed: str) -> UUID | None:
    if not typed.strip():
        return None
    try:
        wanted = UUID(typed.strip())
    except ValueError:
        raise FoodError(_("This is no activity."), next_step=_("choose one of the list")) from None
    return activities.activity(session, athlete_id, wanted).activity_id
