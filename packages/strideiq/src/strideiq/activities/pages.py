"""Every page of activities, as one router."""

from fastapi import APIRouter

from strideiq.activities.comparing_routes import router as comparing_router
from strideiq.activities.course_routes import router as course_router
from strideiq.activities.field_routes import router as field_router
from strideiq.activities.hand_routes import router as hand_router
from strideiq.activities.intensity_routes import router as intensity_router
from strideiq.activities.list_routes import router as list_router
from strideiq.activities.privacy_routes import router as privacy_router
from strideiq.activities.routes import router as activity_router
from strideiq.activities.sharing_routes import router as sharing_router

router = APIRouter(include_in_schema=False)
router.include_router(list_router)
router.include_router(hand_router)
router.include_router(privacy_router)
router.include_router(field_router)
router.include_router(intensity_router)
router.include_router(course_router)
router.include_router(comparing_router)
router.include_router(sharing_router)
router.include_router(activity_router)
