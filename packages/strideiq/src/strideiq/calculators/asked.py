"""What each page can be asked, as typed in its address; without anything, an example."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from strideiq.calculators.answer import Answer, answer_index, answer_race
from strideiq.calculators.inputs import read_index, read_race
from strideiq.physiology.public import Race
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _

TEXT_LENGTH_MAX = 60


Units = Literal["metric", "imperial", ""]


class PacesQuestion(BaseModel):
    """Of training paces: a race or an index."""

    by: Literal["race", "index"] = "race"
    distance: str = "5 km"
    time: str = "20:00"
    rpi: str = "50"
    units: Units = ""

    def answer(self) -> Answer:
        """The answer.

        Raises:
            InvalidInputError: something typed cannot be used; the message says what.
        """
        if self.by == "index":
            return answer_index(read_index(self.rpi))
        return answer_race(read_race(self.distance, self.time))


class RacesQuestion(BaseModel):
    """Up to four efforts; those that are left empty do not count."""

    d1: str = Field("5 km", max_length=TEXT_LENGTH_MAX)
    t1: str = Field("20:00", max_length=TEXT_LENGTH_MAX)
    d2: str = Field("1500 m", max_length=TEXT_LENGTH_MAX)
    t2: str = Field("5:28", max_length=TEXT_LENGTH_MAX)
    d3: str = Field("", max_length=TEXT_LENGTH_MAX)
    t3: str = Field("", max_length=TEXT_LENGTH_MAX)
    d4: str = Field("", max_length=TEXT_LENGTH_MAX)
    t4: str = Field("", max_length=TEXT_LENGTH_MAX)
    units: Units = ""

    @property
    def typed(self) -> list[tuple[int, str, str]]:
        """The number, the distance and the time of each field, as typed."""
        return [
            (number, getattr(self, f"d{number}"), getattr(self, f"t{number}"))
            for number in range(1, 5)
        ]

    def races(self) -> list[Race]:
        """The efforts that were typed.

        Raises:
            InvalidInputError: one of them cannot be read, or only half of it is there.
        """
        found = []
        for number, distance, time in self.typed:
            if not distance.strip() and not time.strip():
                continue
            if not distance.strip() or not time.strip():
                missing = _("distance") if not distance.strip() else _("time")
                raise InvalidInputError(
                    _("Effort %(number)d has no %(missing)s.")
                    % {"number": number, "missing": missing},
                    next_step=_("fill it in, or empty the other field too"),
                )
            found.append(read_race(distance, time))
        return found


class SlopeQuestion(BaseModel):
    """Of slopes and heat: a pace, a grade in per cent, and the weather."""

    pace: str = Field("4:30", max_length=TEXT_LENGTH_MAX)
    grade: str = Field("5", max_length=TEXT_LENGTH_MAX)
    air: str = Field("24", max_length=TEXT_LENGTH_MAX)
    humidity: str = Field("60", max_length=TEXT_LENGTH_MAX)
    units: Units = ""


class SpeedQuestion(BaseModel):
    """Of conversion: a pace or a speed."""

    speed: str = Field("4:30 /km", max_length=TEXT_LENGTH_MAX)
    units: Units = ""
