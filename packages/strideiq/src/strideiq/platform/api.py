"""What every address for programs shares: how it answers what it would not do."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field


class Problem(BaseModel):
    """What was refused, why, and the one next step."""

    code: str = Field(examples=["scope_missing"])
    message: str
    next: str


class ProblemDocument(BaseModel):
    """The answer to a request that was refused."""

    error: Problem


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": ProblemDocument, "description": "No token came, or one that is not ours."},
    403: {"model": ProblemDocument, "description": "The token lacks the scope."},
    404: {"model": ProblemDocument, "description": "There is nothing here of this athlete."},
    422: {"model": ProblemDocument, "description": "A part of the request cannot be used."},
    429: {"model": ProblemDocument, "description": "That was too often; says how long to wait."},
}


def api_router() -> APIRouter:
    """A router for addresses below ``/api/v1``, which documents how each may refuse."""
    return APIRouter(responses=_PROBLEMS)
