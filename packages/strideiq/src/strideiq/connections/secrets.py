"""Keys and tokens of services, encrypted: who has the database alone cannot use them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from strideiq.platform.security import KeyRing


def seal(keys: KeyRing, service: str, secrets: Mapping[str, str]) -> bytes:
    """Encrypt a service's secrets with a key of their own."""
    return keys.encrypt(_purpose(service), json.dumps(dict(secrets)).encode())


def unseal(keys: KeyRing, service: str, sealed: bytes | None) -> dict[str, str] | None:
    """The secrets; None when there are none, or they were encrypted by another server's key."""
    if sealed is None:
        return None
    plain = keys.decrypt(_purpose(service), sealed)
    if plain is None:
        return None
    secrets: dict[str, str] = json.loads(plain)
    return secrets


def _purpose(service: str) -> str:
    return f"connection {service}"
