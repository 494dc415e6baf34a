"""What no route gets to see: requests that our own pages have not sent, and what is no text."""

from __future__ import annotations

import hmac
from hashlib import sha256

from fastapi import Request

from strideiq.platform.errors import ForgedRequestError, InvalidInputError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import (
    CSRF_FIELD,
    CSRF_HEADER,
    SAFE_METHODS,
    KeyRing,
    Sent,
    browser_of,
    for_programs,
)
from strideiq.platform.text import is_text

FORM = "application/x-www-form-urlencoded"
FILE_NAME_HEADER = "X-File-Name"


async def refuse_forged_requests(request: Request) -> None:
    """Let a request that changes something pass only with the token of our own page.

    Raises:
        ForgedRequestError: it comes from another site, or its token is missing or wrong.
    """
    if request.method in SAFE_METHODS or for_programs(request):
        return
    token = request.headers.get(CSRF_HEADER)
    if token is None:
        token = str((await request.form()).get(CSRF_FIELD, ""))
    keys: KeyRing = request.app.state.runtime.keys
    signed = keys.open("csrf", token)
    bound_to, _dot, page = (signed or "").partition(".")
    other_site = request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
    if other_site or signed is None or not hmac.compare_digest(bound_to, browser_of(request)):
        raise ForgedRequestError(
            _("This form is no longer valid, so nothing was changed."),
            next_step=_("open the page again and repeat what you did"),
        )
    if page and _is_form(request):
        request.state.sent = await _sent_form(request, page, keys)


async def _sent_form(request: Request, page: str, keys: KeyRing) -> Sent:
    form = (await request.form()).multi_items()
    fields = sorted((name, str(value)) for name, value in form if name != CSRF_FIELD)
    said = sha256(repr(fields).encode()).digest()
    path = str(request.scope["path"])
    return Sent(sha256(f"{page} {path} {said.hex()}".encode()).digest(), said, path, keys)


def _is_form(request: Request) -> bool:
    """Whether it is a page's form, and no file that is sent as it is and read as it comes.

    Such a file may be called a form too, which is what curl says of whatever it sends.
    """
    return (
        request.method == "POST"
        and request.headers.get("Content-Type", "").startswith(FORM)
        and FILE_NAME_HEADER not in request.headers
        and not for_programs(request)
    )


async def refuse_what_is_no_text(request: Request) -> None:
    """Let no request pass that says something which no database can keep.

    Raises:
        InvalidInputError: a NUL is in the address or in a field of the form.
    """
    given = request.query_params.multi_items()
    if _is_form(request):
        given += [(name, str(value)) for name, value in (await request.form()).multi_items()]
    if not all(is_text(name) and is_text(value) for name, value in given):
        raise InvalidInputError(
            _("There is a character in it that is none."),
            next_step=_("go back, write it anew, and send it again"),
        )
