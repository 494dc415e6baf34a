"""Something that a search came upon beside its candidates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was noticed, in a sentence; ``code`` is its name for machines."""

    code: str
    message: str
    next: str | None = None
    """One command or act that helps, where there is one."""

    def as_dict(self) -> dict[str, str | None]:
        """The finding as documented for ``--json``."""
        return {"code": self.code, "message": self.message, "next": self.next}
