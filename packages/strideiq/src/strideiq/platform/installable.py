"""What makes StrideIQ an application on a phone: its manifest, and its page for being offline."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse

from strideiq.platform.language import current
from strideiq.platform.pages import Pages

THEME_LIGHT, GROUND_LIGHT = "#fbfbf9", "#fbfbf9"
ICON_SIZES = (192, 512)
DAY = "public, max-age=86400"
ALWAYS_ASK = "no-cache"

router = APIRouter(include_in_schema=False)


@router.get("/manifest.webmanifest")
def manifest(request: Request) -> Response:
    """Tell a browser how to install the application; the same for everybody."""
    address = _pages(request).static_address
    icons = [
        {
            "src": address(f"platform/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in ICON_SIZES
        for purpose in ("any", "maskable")
    ]
    document = {
        "id": "/",
        "name": "StrideIQ",
        "short_name": "StrideIQ",
        "description": "A running log and coach that keeps its data proven",
        "lang": current(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND_LIGHT,
        "theme_color": THEME_LIGHT,
        "icons": icons,
    }
    return JSONResponse(
        document, media_type="application/manifest+json", headers={"Cache-Control": DAY}
    )


@router.get("/service-worker.js")
def service_worker(request: Request) -> Response:
    """Give the worker from the root, so that it sees every page."""
    file = _pages(request).static_directories["platform"] / "service_worker.js"
    return FileResponse(file, media_type="text/javascript", headers={"Cache-Control": ALWAYS_ASK})


@router.get("/offline")
def offline(request: Request) -> Response:
    """Give the page that a worker keeps: it knows nobody and sets no cookie."""
    text = _pages(request).environment.get_template("platform/offline.html").render()
    return HTMLResponse(text, headers={"Cache-Control": ALWAYS_ASK})


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages
