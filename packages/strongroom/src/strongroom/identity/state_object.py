"""A version of the state as the object that is stored, with a hash over its own contents.

Versions that were written before there was a hash are read as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from strongroom.errors import StateError
from strongroom.identity.state import State, state_from

HASH = "sha256"
_FIELDS = {"format", "database_id", "incarnations", "sequence"}


def encode_state(state: State) -> bytes:
    """Write a version as it is stored."""
    return _encoded(state.as_dict())


def decode_state(data: bytes) -> State:
    """Read a stored version.

    Raises:
        NewerFormatError: a newer strongroom wrote it.
        StateError: it is damaged.
    """
    try:
        document = json.loads(data)
        state = state_from(document)
        written = document.pop(HASH, None)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged() from error
    if written not in (None, _sha256(document)):
        raise _damaged()
    return state


def is_as_written(data: bytes) -> bool:
    """Whether every bit of a stored version is as it was written; False also without a hash.

    Raises:
        NewerFormatError: a newer strongroom wrote it.
        StateError: it is damaged.
    """
    decode_state(data)
    document = json.loads(data)
    if document.pop(HASH, None) is None:
        if document.keys() != _FIELDS:  # the hash itself may have lost its name
            raise _damaged()
        return False
    if _encoded(document) != data:
        raise _damaged()
    return True


def _encoded(document: Mapping[str, Any]) -> bytes:
    return json.dumps({**document, HASH: _sha256(document)}).encode()


def _sha256(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _damaged() -> StateError:
    return StateError(
        "The newest state in the store is damaged.", next_step="strongroom state rebuild"
    )
