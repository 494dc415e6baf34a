"""Every page of connections, as one router."""

from fastapi import APIRouter

from strideiq.connections.garmin.routes import router as garmin_router
from strideiq.connections.routes import router as connections_router
from strideiq.connections.strava.routes import router as strava_router
from strideiq.connections.weather.routes import router as weather_router

router = APIRouter(include_in_schema=False)
router.include_router(strava_router)
router.include_router(garmin_router)
router.include_router(weather_router)
router.include_router(connections_router)
