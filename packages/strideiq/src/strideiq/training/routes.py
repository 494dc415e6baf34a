"""All pages of training."""

from __future__ import annotations

from fastapi import APIRouter

from strideiq.training import (
    routes_calendar,
    routes_exports,
    routes_own,
    routes_plans,
    routes_proposals,
)

router = APIRouter(include_in_schema=False)
for part in (routes_exports, routes_proposals, routes_plans, routes_own, routes_calendar):
    router.include_router(part.router)
