"""Every page of activities, as one router."""

from fastapi import APIRouter

from strideiq.activities.privacy_routes import router as privacy_router
from strideiq.activities.routes import router as activity_router

router = APIRouter(include_in_schema=False)
router.include_router(privacy_router)
router.include_router(activity_router)
