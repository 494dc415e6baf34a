"""The public calculators; each address holds everything that was typed.

Each answers a browser with its page, HTMX with its answer alone, and with JSON whoever asks for
it, by ``.json`` or ``Accept: application/json``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from strideiq.athletes.public import MaybeAthlete
from strideiq.calculators import conversion, critical, equivalents, slopes
from strideiq.calculators.asked import (
    PacesQuestion,
    RacesQuestion,
    SlopeQuestion,
    SpeedQuestion,
)
from strideiq.calculators.clock import PACE_UNITS_M
from strideiq.calculators.document import document as paces_document
from strideiq.calculators.inputs import read_speed_mps
from strideiq.calculators.rows import derivation, pace_rows, race_rows
from strideiq.physiology.public import DAY_SHARE, ENDURANCE_EXPONENT
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.pages import by_htmx, formats, render

router = APIRouter(include_in_schema=False)

Shown = dict[str, object]
"""What a page's template gets of an answer."""


@router.get("/calculators", name="calculators")
def index(request: Request, athlete: MaybeAthlete) -> Response:
    """Show what can be reckoned."""
    del athlete  # asked for so that the shell is theirs
    return render(request, "calculators/index.html")


@router.get("/paces", name="paces_page")
@router.get("/paces.json")
def paces_page(
    request: Request, athlete: MaybeAthlete, question: Annotated[PacesQuestion, Query()]
) -> Response:
    """Training paces from a race or an index."""
    del athlete
    units = _units(request, question.units)

    def solve() -> tuple[Shown, dict[str, object]]:
        answer = question.answer()
        shown: Shown = {
            "answer": answer,
            "paces": pace_rows(answer, units),
            "races": race_rows(answer, units),
            "derivation": derivation(answer),
        }
        return shown, paces_document(answer, units)

    empty: Shown = {"answer": None, "paces": [], "races": [], "derivation": None}
    shared: Shown = {"day_share": DAY_SHARE, "endurance_exponent": ENDURANCE_EXPONENT}
    return _answer(
        request, "paces", "_answer", solve, empty, question=question, units=units, **shared
    )


@router.get("/equivalents", name="equivalents_page")
@router.get("/equivalents.json")
def equivalents_page(
    request: Request, athlete: MaybeAthlete, question: Annotated[RacesQuestion, Query()]
) -> Response:
    """Equivalent races by three models side by side."""
    del athlete

    def solve() -> tuple[Shown, dict[str, object]]:
        models = equivalents.solve(question.races())
        shown: Shown = {"models": models, "rows": equivalents.rows(models)}
        return shown, equivalents.document(models)

    units = _units(request, question.units)
    empty: Shown = {"models": None, "rows": []}
    return _answer(
        request, "equivalents", "_equivalents", solve, empty, question=question, units=units
    )


@router.get("/critical-speed", name="critical_speed_page")
@router.get("/critical-speed.json")
def critical_speed_page(
    request: Request, athlete: MaybeAthlete, question: Annotated[RacesQuestion, Query()]
) -> Response:
    """Critical speed from two or more efforts, with its error."""
    del athlete
    units = _units(request, question.units)

    def solve() -> tuple[Shown, dict[str, object]]:
        fits = critical.solve(question.races())
        shown: Shown = {
            "fits": fits,
            "predicted": critical.predicted(fits),
            "picture": critical.picture(fits, PACE_UNITS_M[units][1]),
        }
        return shown, critical.document(fits)

    return _answer(
        request, "critical", "_critical", solve, {"fits": None}, question=question, units=units
    )


@router.get("/grade-and-heat", name="grade_and_heat_page")
@router.get("/grade-and-heat.json")
def grade_and_heat_page(
    request: Request, athlete: MaybeAthlete, question: Annotated[SlopeQuestion, Query()]
) -> Response:
    """What a slope and a warm day do to a pace."""
    del athlete
    units = _units(request, question.units)

    def solve() -> tuple[Shown, dict[str, object]]:
        found = slopes.solve(question, units)
        shown: Shown = {"found": found, "place": slopes.place(found.grade)}
        return shown, slopes.document(found)

    return _answer(
        request,
        "slopes",
        "_slopes",
        solve,
        {"found": None},
        question=question,
        units=units,
        curve=slopes.curve(),
        levels=slopes.levels(),
    )


@router.get("/pace", name="pace_page")
@router.get("/pace.json")
def pace_page(
    request: Request, athlete: MaybeAthlete, question: Annotated[SpeedQuestion, Query()]
) -> Response:
    """One speed in every unit."""
    del athlete
    units = _units(request, question.units)

    def solve() -> tuple[Shown, dict[str, object]]:
        found = conversion.Converted(read_speed_mps(question.speed, units))
        return {"found": found}, conversion.document(found)

    return _answer(request, "pace", "_pace", solve, {"found": None}, question=question, units=units)


def _answer(
    request: Request,
    page: str,
    part: str,
    solve: Callable[[], tuple[Shown, dict[str, object]]],
    empty: Shown,
    **shared: object,
) -> Response:
    """The page, its answer alone, or JSON; what cannot be used is said in words."""
    wants_json = request.url.path.endswith(".json") or "application/json" in request.headers.get(
        "Accept", ""
    )
    shown, document, wrong = empty, None, None
    try:
        shown, document = solve()
    except InvalidInputError as error:
        if wants_json:
            return JSONResponse({"error": error.as_dict()}, status_code=error.http_status)
        wrong = error.sentences
    if wants_json:
        return JSONResponse(document)
    partly = by_htmx(request)
    return render(
        request,
        f"calculators/{part if partly else page}.html",
        # While typing, what cannot be read yet is no error of the request.
        status_code=422 if wrong and not partly else 200,
        wrong=wrong,
        per_m=PACE_UNITS_M[str(shared["units"])][1],
        per_unit=PACE_UNITS_M[str(shared["units"])][0],
        **shared,
        **shown,
    )


def _units(request: Request, asked: str) -> str:
    return asked or formats(request).units
