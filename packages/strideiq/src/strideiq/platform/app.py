"""The web application around the features: their routes, static files, headers and errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from strideiq.platform import language
from strideiq.platform.api import fields_of, problem, wrong_fields
from strideiq.platform.errors import (
    ConfirmationNeededError,
    ForgedRequestError,
    InvalidFieldsError,
    NotFoundError,
    SignInNeededError,
    StrideiqError,
    WrongField,
)
from strideiq.platform.feature import Feature
from strideiq.platform.language import gettext as _
from strideiq.platform.language import marked
from strideiq.platform.pages import Pages, by_htmx, render
from strideiq.platform.runtime import Runtime
from strideiq.platform.security import (
    API_PATH,
    SAFE_METHODS,
    for_programs,
    refuse_forged_requests,
    refuse_what_is_no_text,
)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
API = f"{API_PATH}v1"
FOREVER = "public, max-age=31536000, immutable"
TITLES = {
    403: marked("That was not accepted"),
    404: marked("There is nothing here"),
    405: marked("That cannot be done here"),
    413: marked("That is too large"),
    422: marked("Something does not fit"),
    429: marked("That was too often"),
    500: marked("Something broke on our side"),
}
MEANINGS = {
    404: marked("The address is wrong, or it belongs to another athlete."),
    405: marked("The page does not take what was sent to it."),
    413: marked("Nothing was stored."),
    422: marked("A field of the form or of the address cannot be used."),
    500: marked("It has been written to the log. Your data is untouched."),
}
START_OVER = marked("start over from the first page")

log = structlog.get_logger()


class BrowserPartsMissingError(StrideiqError):
    """What npm brings has not been put beside the pages."""

    code = "browser_parts_missing"


def create_app(runtime: Runtime, features: Sequence[Feature]) -> FastAPI:
    """The application over an opened environment. It starts nothing by itself.

    Raises:
        BrowserPartsMissingError: the frontend has not been built.
    """
    pages = Pages(features)
    if not (pages.static_directories["platform"] / "vendor").is_dir():
        raise BrowserPartsMissingError(
            "The parts that pages load in a browser (HTMX, uPlot, the font) are missing.",
            next_step="make setup, or python packages/strideiq/frontend/build.py",
        )
    app = FastAPI(
        title="StrideIQ",
        docs_url=None,
        redoc_url=None,
        description="Your own training data, for programs that you trust with a token.",
        openapi_url=f"{API}/openapi.json",
        dependencies=[Depends(refuse_forged_requests), Depends(refuse_what_is_no_text)],
    )
    app.state.runtime = runtime
    app.state.pages = pages
    app.state.limits = {}
    app.middleware("http")(_add_headers)
    app.add_exception_handler(StrideiqError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(RequestValidationError, _answer_wrong_input)
    app.add_exception_handler(Exception, _answer_surprise)
    for name, directory in pages.static_directories.items():
        app.mount(f"/static/{name}", StaticFiles(directory=directory))
    for feature in features:
        if feature.router is not None:
            app.include_router(feature.router)
        if feature.api is not None:
            app.include_router(feature.api, prefix=API)
    return app


async def _add_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    language.use(
        request.cookies.get("language")
        or language.accepted(request.headers.get("Accept-Language", ""))
    )
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    tiles = request.app.state.runtime.settings.tiles_origin
    if tiles:
        policy = HEADERS["Content-Security-Policy"].replace("img-src", f"img-src {tiles}")
        response.headers["Content-Security-Policy"] = policy
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = FOREVER if request.query_params.get("v") else "no-cache"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


async def _answer_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, StrideiqError):
        raise error
    if isinstance(error, SignInNeededError):
        return _send_to(request, "sign_in_page")
    if isinstance(error, ConfirmationNeededError):
        return _send_to(request, "confirm_page")
    fields = error.fields if isinstance(error, InvalidFieldsError) else ()
    told = (error.message, error.next_step, error.code)
    return _error_page(request, error.http_status, *told, fields)


async def _answer_http_error(request: Request, error: Exception) -> Response:
    status_code = error.status_code if isinstance(error, HTTPException) else 500
    if not request.url.path.startswith("/static/"):
        await run_in_threadpool(_recognise, request)
    meaning = _(MEANINGS.get(status_code, HTTPStatus(status_code).phrase))
    return _error_page(request, status_code, meaning, _(START_OVER), "http")


def _recognise(request: Request) -> None:
    """Let the page of an error keep the navigation of who is signed in."""
    recognisers = [one.recognise for one in request.app.state.pages.features if one.recognise]
    with suppress(SQLAlchemyError), request.app.state.runtime.sessions.begin() as session:
        for recognise in recognisers:
            recognise(request, session)


async def _answer_wrong_input(request: Request, error: Exception) -> Response:
    wrong = fields_of(error, request) if isinstance(error, RequestValidationError) else []
    if for_programs(request):
        in_path = any(one.place == "path" for one in wrong)
        return await _answer_error(request, _not_here() if in_path else wrong_fields(wrong))
    # What is wrong with it repeats what was sent, and that is no text for a page.
    if request.method in SAFE_METHODS and request.path_params:
        return _error_page(request, 404, _(MEANINGS[404]), _(START_OVER), "not_found")
    return _error_page(request, 422, _(MEANINGS[422]), _(START_OVER), "invalid_input")


def _not_here() -> StrideiqError:
    return NotFoundError(_(MEANINGS[404]), next_step=_(START_OVER))


async def _answer_surprise(request: Request, error: Exception) -> Response:
    log.error("request failed", method=request.method, path=request.url.path, exc_info=error)
    return _error_page(request, 500, _(MEANINGS[500]), _("try again in a moment"), "error")


def _error_page(
    request: Request,
    status_code: int,
    message: str,
    next_step: str,
    code: str,
    fields: Sequence[WrongField] = (),
) -> Response:
    if for_programs(request) or "application/json" in request.headers.get("Accept", ""):
        return problem(status_code, message, next_step, code, fields)
    template = "platform/_notice.html" if by_htmx(request) else "platform/error.html"
    response = render(
        request,
        template,
        status_code=status_code,
        title=_(TITLES.get(status_code, HTTPStatus(status_code).phrase)),
        again=_here(request) if code == ForgedRequestError.code else "",
        message=message,
        next_step=next_step,
    )
    if by_htmx(request):
        response.headers["HX-Retarget"] = "#notice"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _send_to(request: Request, page: str) -> Response:
    """Lead to a page that asks who one is, and from there back to where one was."""
    address = request.url_for(page).include_query_params(next=_here(request))
    relative = f"{address.path}?{address.query}"
    if "application/json" in request.headers.get("Accept", ""):
        return JSONResponse({"next": relative}, status_code=403)
    if by_htmx(request):
        return Response(status_code=204, headers={"HX-Redirect": relative})
    return RedirectResponse(relative, status_code=303)


def _here(request: Request) -> str:
    """The page that one is on: of a form that was sent, the one that the form is on."""
    if request.method in SAFE_METHODS:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    form = urlsplit(request.headers.get("Referer", ""))
    same = form.netloc == request.url.netloc
    return (form.path if same else "") or request.url.path
