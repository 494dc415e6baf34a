"""The public page of training paces; its address holds everything that was typed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from strideiq.athletes.public import MaybeAthlete
from strideiq.calculators.answer import Answer, answer_index, answer_race
from strideiq.calculators.inputs import read_index, read_race
from strideiq.calculators.rows import derivation, pace_rows, race_rows
from strideiq.physiology.public import DAY_SHARE, ENDURANCE_EXPONENT
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.pages import by_htmx, formats, render

router = APIRouter(include_in_schema=False)


class Question(BaseModel):
    """What the page was asked, as typed; without anything, an example."""

    by: Literal["race", "index"] = "race"
    distance: str = "5 km"
    time: str = "20:00"
    rpi: str = "50"
    units: Literal["metric", "imperial", ""] = ""

    def answer(self) -> Answer:
        """The answer.

        Raises:
            InvalidInputError: something typed cannot be used; the message says what.
        """
        if self.by == "index":
            return answer_index(read_index(self.rpi))
        return answer_race(read_race(self.distance, self.time))


@router.get("/paces", name="paces_page")
def paces_page(
    request: Request, athlete: MaybeAthlete, question: Annotated[Question, Query()]
) -> Response:
    """Show the page, or only its answer while somebody is typing."""
    del athlete  # asked for so that the shell and the units are theirs
    units = question.units or formats(request).units
    answer, wrong = None, None
    try:
        answer = question.answer()
    except InvalidInputError as error:
        wrong = f"{error.message} Please {error.next_step}."
    partly = by_htmx(request)
    return render(
        request,
        "calculators/_answer.html" if partly else "calculators/paces.html",
        # While typing, what cannot be read yet is no error of the request.
        status_code=422 if wrong and not partly else 200,
        question=question,
        units=units,
        wrong=wrong,
        answer=answer,
        paces=pace_rows(answer, units) if answer else [],
        races=race_rows(answer, units) if answer else [],
        derivation=derivation(answer) if answer else None,
        day_share=DAY_SHARE,
        endurance_exponent=ENDURANCE_EXPONENT,
    )
