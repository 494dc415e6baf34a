"""The masking key: with it, the same value becomes the same pseudonym in every refresh.

Who has it can try guesses against the pseudonyms. So it stays with the source, in a file of
mode 0600 beside the other keys, and never gets into a copy.
"""

from __future__ import annotations

import secrets

from strongroom.config import Configuration
from strongroom.errors import RefreshError
from strongroom.identity.files import write_whole

KEY_NAME = "masking-key.txt"
KEY_BYTES = 32


def masking_key(source: Configuration) -> bytes:
    """Read the source's masking key; it is made where there is none.

    Raises:
        RefreshError: others may read it, or it is damaged.
    """
    path = source.private_key.parent / KEY_NAME
    if not path.exists():
        write_whole(path, secrets.token_hex(KEY_BYTES).encode() + b"\n")
    if path.stat().st_mode & 0o077:
        raise RefreshError(
            f"Others may read the masking key in {path}.", next_step=f"chmod 600 {path}"
        )
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise RefreshError(
            f"The masking key in {path} is damaged.",
            next_step=f"bring {path} back; or move it away, and pseudonyms will be others",
        )
    return key
