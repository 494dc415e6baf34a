"""What every adapter speaks of: what is asked, what is replied, and how a host takes a reply.

Kept free of imports: a hook answers within milliseconds of the bare interpreter's start.
"""

from __future__ import annotations

EDIT_FILE_SIZE_MAX_BYTES = 1_000_000


class NotUnderstoodError(Exception):
    """A host's JSON may hold a command or an edit that cannot be told from it."""


class Edit:
    """A change of one file: the text around it before and after.

    ``whole`` says that ``new`` is the whole file; ``everywhere`` that each place is replaced.
    """

    __slots__ = ("everywhere", "new", "old", "path", "whole")

    def __init__(
        self, path: str, old: str, new: str, *, whole: bool = False, everywhere: bool = False
    ) -> None:
        self.path = path
        self.old = old
        self.new = new
        self.whole = whole
        self.everywhere = everywhere


class Asked:
    """What a host is about to do, in which directory."""

    __slots__ = ("commands", "directory", "edits", "may_ask")

    def __init__(
        self,
        directory: str,
        commands: tuple[str, ...] = (),
        edits: tuple[Edit, ...] = (),
        *,
        may_ask: bool = False,
    ) -> None:
        self.directory = directory
        self.commands = commands
        self.edits = edits
        self.may_ask = may_ask


class Reply:
    """A hook's whole answer."""

    __slots__ = ("exit_code", "stderr", "stdout")

    def __init__(self, stdout: str = "", stderr: str = "", exit_code: int = 0) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.exit_code = exit_code
