"""Pages: templates of all features, what every template may use, and how one is answered."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from strideiq.platform import language
from strideiq.platform.dates import dated
from strideiq.platform.feature import Feature
from strideiq.platform.formats import Formats, number, size_text
from strideiq.platform.security import csrf_token, remember_browser


class Pages:
    """The templates and static files of the features, addressed as ``feature/name``."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = features
        loaders = {
            feature.name: FileSystemLoader(directory)
            for feature in features
            if (directory := feature.directory("templates"))
        }
        self._static = {
            feature.name: directory
            for feature in features
            if (directory := feature.directory("static"))
        }
        self.environment = Environment(
            loader=PrefixLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.do", "jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.install_gettext_callables(  # type: ignore[attr-defined]
            language.gettext, language.ngettext, newstyle=True
        )
        self.environment.filters |= {
            "number": number,
            "size": size_text,
            "translated": language.gettext,
        }
        self.environment.filters["dated"] = dated
        self.environment.globals |= {"static": self.static_address, "language": language.current}

    @property
    def static_directories(self) -> dict[str, Path]:
        """Where each feature's static files are."""
        return self._static

    def static_address(self, name: str) -> str:
        """The address of a static file, which changes when its content does."""
        feature, _, path = name.partition("/")
        file = self._static[feature] / path
        return f"/static/{name}?v={_fingerprint(file, file.stat().st_mtime_ns)}"


def render(
    request: Request, template: str, *, status_code: int = 200, **context: object
) -> HTMLResponse:
    """Answer with a page or a part of one.

    Templates get ``athlete`` (or None), ``f`` (the athlete's ``Formats``), ``csrf_token``,
    ``features``, and whatever the route gives.
    """
    pages: Pages = request.app.state.pages
    athlete = getattr(request.state, "athlete", None)
    text = pages.environment.get_template(template).render(
        request=request,
        athlete=athlete,
        f=formats(request),
        csrf_token=csrf_token(request),
        features=pages.features,
        environment=request.app.state.runtime.environment,
        **context,
    )
    response = HTMLResponse(text, status_code=status_code)
    remember_browser(request, response)
    return response


def formats(request: Request) -> Formats:
    """Units and time zone of who is signed in, else metric and UTC."""
    athlete = getattr(request.state, "athlete", None)
    return Formats(athlete.units, athlete.time_zone) if athlete else Formats()


def by_htmx(request: Request) -> bool:
    """Whether HTMX asks for a part of a page, rather than a browser for a whole one."""
    return request.headers.get("HX-Request") == "true"


@cache
def _fingerprint(file: Path, modified_at_ns: int) -> str:
    del modified_at_ns  # part of the cache's key: a changed file is read again
    return sha256(file.read_bytes()).hexdigest()[:12]
