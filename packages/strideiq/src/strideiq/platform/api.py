"""What every address for programs shares: how it refuses, and how it tells one state from another.

Refusals are documents of RFC 9457 (``application/problem+json``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from strideiq.platform.errors import (
    ChangedMeanwhileError,
    InvalidFieldsError,
    PreconditionNeededError,
    WrongField,
)
from strideiq.platform.language import gettext as _

PROBLEM = "application/problem+json"

_TEXT = {"type": "string"}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "required": ["title", "status", "detail", "code", "next", "errors", "error"],
    "properties": {
        "title": {**_TEXT, "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {**_TEXT, "description": "What was refused, and why."},
        "code": {**_TEXT, "examples": ["scope_missing"]},
        "next": {**_TEXT, "description": "The one next step."},
        "errors": {
            "type": "array",
            "description": "Each field that cannot be used, with what is allowed.",
            "items": {
                "type": "object",
                "required": ["in", "field", "detail"],
                "properties": {
                    "in": {**_TEXT, "examples": ["query", "path", "header", "body"]},
                    "field": _TEXT,
                    "detail": _TEXT,
                },
            },
        },
        "error": {
            "type": "object",
            "description": "The same as code, detail and next.",
            "required": ["code", "message", "next"],
            "properties": {"code": _TEXT, "message": _TEXT, "next": _TEXT},
        },
    },
}


def refusals(descriptions: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """How an address may refuse, for its document."""
    content = {PROBLEM: {"schema": _PROBLEM_SCHEMA}}
    return {
        status: {"description": description, "content": content}
        for status, description in descriptions.items()
    }


_REFUSALS = refusals(
    {
        401: "No token came, or one that is not ours.",
        403: "The token lacks the scope.",
        404: "There is nothing here of this athlete.",
        422: "A part of the request cannot be used, or there is no such part.",
        429: "That was too often; says how long to wait.",
    }
)


UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is as the ETag in If-None-Match says."}
}
"""How a single resource may also answer."""


class ApiRequest(BaseModel):
    """The body of a request; a field that there is not is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


def api_router() -> APIRouter:
    """A router for addresses below ``/api/v1``, which documents how each may refuse."""
    return APIRouter(responses=_REFUSALS, dependencies=[Depends(refuse_unknown_parameters)])


def refuse_unknown_parameters(request: Request) -> None:
    """Let no parameter pass that the address does not know: it would change nothing, silently.

    Raises:
        InvalidFieldsError: names each of them, and those that there are.
    """
    every = get_flat_params(request.scope["route"].dependant)
    known = [one.alias for one in every if isinstance(one.field_info, Query)]
    unknown = [
        WrongField("query", name, unknown_among(known))
        for name in dict.fromkeys(request.query_params)
        if name not in known
    ]
    if unknown:
        raise wrong_fields(unknown)


def unknown_among(known: Sequence[str]) -> str:
    """What is said of a field that there is not."""
    if not known:
        return "There is no such field, and no other one here."
    return f"There is no such field; there are {', '.join(known)}."


def wrong_fields(wrong: Sequence[WrongField]) -> InvalidFieldsError:
    """The refusal of a request for its fields, all at once."""
    names = dict.fromkeys(one.field for one in wrong)
    return InvalidFieldsError(
        _("These fields cannot be used: %(names)s.") % {"names": ", ".join(names)},
        next_step=_("correct them as “errors” says, and send it again"),
        fields=tuple(wrong),
    )


def fields_of(error: RequestValidationError, request: Request) -> list[WrongField]:
    """What a request could not be read for, field by field, without what was sent."""
    return [_wrong_field(one, request) for one in error.errors()]


def _wrong_field(found: Mapping[str, Any], request: Request) -> WrongField:
    place, *path = (str(each) for each in found["loc"])
    said = str(found["msg"])
    if found["type"] == "extra_forbidden":
        said = unknown_among(_body_fields(request))
    elif found["type"] == "json_invalid":
        path, said = [], "This is no JSON."
    return WrongField(place, ".".join(path) or place, said)


def _body_fields(request: Request) -> list[str]:
    body = request.scope["route"].body_field
    model = getattr(getattr(body, "field_info", None), "annotation", None)
    return list(getattr(model, "model_fields", {}))


def problem(
    status: int, message: str, next_step: str, code: str, fields: Sequence[WrongField] = ()
) -> Response:
    """A refusal as a document."""
    document = {
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "code": code,
        "next": next_step,
        "errors": [{"in": one.place, "field": one.field, "detail": one.detail} for one in fields],
        "error": {"code": code, "message": message, "next": next_step},
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(document, status_code=status, media_type=PROBLEM, headers=headers)


def etag_of(document: BaseModel) -> str:
    """What tells this state of a resource from any other one of it."""
    return f'"{sha256(document.model_dump_json().encode()).hexdigest()[:32]}"'


def tagged(request: Request, document: BaseModel) -> Response:
    """A single resource with its ETag; nothing but that where the program has this state."""
    tag = etag_of(document)
    headers = {"ETag": tag}
    if _named(request.headers.get("If-None-Match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(document.model_dump_json(), media_type="application/json", headers=headers)


def refuse_other_state(request: Request, tag: str) -> None:
    """Let a change pass only for the state that the program has read.

    Raises:
        PreconditionNeededError: it does not say which.
        ChangedMeanwhileError: it is another one now.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None:
        raise PreconditionNeededError(
            _("A change says of which state it is, so that it overwrites no other one."),
            next_step=_("send the ETag that you have read as If-Match, or * for any state"),
        )
    if not _named(wanted, tag):
        raise ChangedMeanwhileError(
            _("It was changed since you have read it, so nothing was changed."),
            next_step=_("read it again, and send your change with its new ETag"),
        )


def _named(header: str | None, tag: str) -> bool:
    """Whether a header of tags names this one; a weak one is the same state to us."""
    if header is None:
        return False
    named = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in named or tag in named
