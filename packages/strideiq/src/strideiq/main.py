"""The web application as uvicorn serves it."""

from __future__ import annotations

from fastapi import FastAPI

from strideiq.features import FEATURES
from strideiq.platform.app import create_app
from strideiq.platform.runtime import Runtime


def create(runtime: Runtime) -> FastAPI:
    """The application with all features, over an opened environment."""
    return create_app(runtime, FEATURES)
