"""Signatures over what browsers hold, the tokens of forms, and limits on trying."""

from __future__ import annotations

import base64
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from fastapi import Request, Response

from strideiq.platform.errors import ForgedRequestError, InvalidInputError, TooManyAttemptsError
from strideiq.platform.language import gettext as _
from strideiq.platform.text import is_text

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_FIELD = "csrf_token"
FORM = "application/x-www-form-urlencoded"
FILE_NAME_HEADER = "X-File-Name"
CSRF_HEADER = "X-CSRF-Token"
IDEMPOTENCY_HEADER = "Idempotency-Key"
COOKIE_AGE_S = 400 * 86_400
API_PATH = "/api/"
"""Below it are addresses for programs: they take a token in a header, and no cookie."""
MCP_PATH = "/mcp"
"""The address for agents, under the same rule."""


@dataclass(frozen=True)
class KeyRing:
    """The key that signs, and the former ones whose signatures still count."""

    keys: tuple[str, ...] = field(repr=False)

    def sign(self, purpose: str, value: str) -> str:
        """The value with its signature; ``purpose`` keeps one kind from passing as another."""
        return f"{value}.{_signature(self.keys[0], purpose, value)}"

    def open(self, purpose: str, signed: str) -> str | None:
        """The value, if any key of the ring has signed it for this purpose."""
        value, _, signature = signed.rpartition(".")
        for key in self.keys:
            if hmac.compare_digest(_signature(key, purpose, value).encode(), signature.encode()):
                return value
        return None

    def encrypt(self, purpose: str, content: bytes) -> bytes:
        """Content that only this ring opens again, for what has to be kept readable."""
        from cryptography.fernet import Fernet  # noqa: PLC0415  hardly any request needs it

        return Fernet(_encryption_key(self.keys[0], purpose)).encrypt(content)

    def decrypt(self, purpose: str, sealed: bytes) -> bytes | None:
        """What was encrypted for this purpose by any key of the ring; None for anything else."""
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet  # noqa: PLC0415

        ring = MultiFernet([Fernet(_encryption_key(key, purpose)) for key in self.keys])
        try:
            return ring.decrypt(sealed)
        except InvalidToken:
            return None


class RateLimit:
    """At most ``limit`` attempts by one name within ``window_s`` seconds, in this process."""

    def __init__(
        self, limit: int, window_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._window_s = window_s
        self._clock = clock
        self._attempts: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def attempt(self, name: str) -> None:
        """Count one attempt.

        Raises:
            TooManyAttemptsError: there were too many; says how long to wait.
        """
        now = self._clock()
        with self._lock:
            self._forget_before(now - self._window_s)
            attempts = self._attempts.setdefault(name, deque())
            if len(attempts) >= self._limit:
                minutes = max(1, round((attempts[0] + self._window_s - now) / 60))
                raise TooManyAttemptsError(
                    _("There were %(count)s attempts in a short time.") % {"count": self._limit},
                    next_step=_("wait %(count)s min, then try again") % {"count": minutes},
                )
            attempts.append(now)

    def succeeded(self, name: str) -> None:
        """Forget the attempts by this name."""
        with self._lock:
            self._attempts.pop(name, None)

    def _forget_before(self, instant: float) -> None:
        for name in list(self._attempts):
            attempts = self._attempts[name]
            while attempts and attempts[0] <= instant:
                attempts.popleft()
            if not attempts:
                del self._attempts[name]


def rate_limit(request: Request, name: str, limit: int, window_s: float) -> RateLimit:
    """This application's limit of this name, made when it is first asked for."""
    limits: dict[str, RateLimit] = request.app.state.limits
    return limits.setdefault(name, RateLimit(limit, window_s))


def new_token() -> str:
    """A token that nobody can guess (256 bits)."""
    return secrets.token_urlsafe(32)


def cookie_name(request: Request, kind: str) -> str:
    """A cookie's name; environments on one host do not take each other's cookies."""
    return f"strideiq_{request.app.state.runtime.environment}_{kind}"


def signed_cookie(request: Request, kind: str) -> str | None:
    """What a cookie of ours holds, if we have signed it."""
    signed = request.cookies.get(cookie_name(request, kind))
    keys: KeyRing = request.app.state.runtime.keys
    return keys.open(kind, signed) if signed else None


def set_signed_cookie(request: Request, response: Response, kind: str, value: str) -> None:
    """Give the browser a signed cookie that no script can read."""
    keys: KeyRing = request.app.state.runtime.keys
    response.set_cookie(
        cookie_name(request, kind),
        keys.sign(kind, value),
        max_age=COOKIE_AGE_S,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def address(request: Request) -> str:
    """Where a request comes from, for limits on trying."""
    return request.client.host if request.client else "unknown"


def for_programs(request: Request) -> bool:
    """Whether the address is one of the API.

    No cookie counts there, so that a browser which another site leads there can do nothing: the
    token in the header is what no other site can send.
    """
    path = str(request.scope["path"])
    return path.startswith(API_PATH) or path == MCP_PATH


def csrf_token(request: Request) -> str:
    """The token for this page's forms, bound to who looks at it, and another for each page.

    By what differs, a form that is sent again is known from one that was opened anew.
    Whoever is not signed in yet is told apart by a cookie of its own, set with the page.
    """
    keys: KeyRing = request.app.state.runtime.keys
    return keys.sign("csrf", f"{_browser(request)}.{secrets.token_urlsafe(12)}")


def remember_browser(request: Request, response: Response) -> None:
    """Set the cookie that the tokens of a page without a signed-in athlete are bound to."""
    if (fresh := getattr(request.state, "fresh_browser", None)) is not None:
        set_signed_cookie(request, response, "browser", fresh)


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
    if other_site or signed is None or not hmac.compare_digest(bound_to, _browser(request)):
        raise ForgedRequestError(
            _("This form is no longer valid, so nothing was changed."),
            next_step=_("open the page again and repeat what you did"),
        )
    if page and _is_form(request):
        request.state.sent = await _sent_form(request, page, keys)


@dataclass(frozen=True)
class Sent:
    """What tells a request that makes something from every other one."""

    key: bytes
    said: bytes
    """A hash of all that it says; for a form it is part of the key, too."""
    path: str
    keys: KeyRing


async def _sent_form(request: Request, page: str, keys: KeyRing) -> Sent:
    form = (await request.form()).multi_items()
    fields = sorted((name, str(value)) for name, value in form if name != CSRF_FIELD)
    said = sha256(repr(fields).encode()).digest()
    path = str(request.scope["path"])
    return Sent(sha256(f"{page} {path} {said.hex()}".encode()).digest(), said, path, keys)


def sent_by_program(request: Request, said: str) -> Sent | None:
    """What a program sends with the header ``Idempotency-Key``; None without one."""
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is None:
        return None
    path = str(request.scope["path"])
    hashed = sha256(f"{IDEMPOTENCY_HEADER} {path} {key}".encode()).digest()
    return Sent(hashed, sha256(said.encode()).digest(), path, request.app.state.runtime.keys)


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


def _browser(request: Request) -> str:
    for kind in ("sign_in", "browser"):
        if value := signed_cookie(request, kind):
            return _signature(value, "browser", kind)
    if not hasattr(request.state, "fresh_browser"):
        request.state.fresh_browser = new_token()
    return _signature(request.state.fresh_browser, "browser", "browser")


def _encryption_key(key: str, purpose: str) -> bytes:
    """A key of its own for each purpose, so that what signs never encrypts (HKDF, RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  see encrypt
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    derived = HKDF(SHA256(), length=32, salt=None, info=f"strideiq encrypts {purpose}".encode())
    return base64.urlsafe_b64encode(derived.derive(key.encode()))


def _signature(key: str, purpose: str, value: str) -> str:
    return hmac.new(key.encode(), f"{purpose}\n{value}".encode(), sha256).hexdigest()
