"""Read files of the working tree, in bounds: a guard must never hang on one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

FILE_SIZE_MAX_BYTES = 256 * 1024
FILES_MAX = 40


class TooMuchError(Exception):
    """More would have to be read or run than a guard may take time for."""


@dataclass
class Files:
    """What has been read so far, by path; whoever judges in a place that is not there gives it."""

    known: dict[Path, str | None] = field(default_factory=dict)
    count: int = 0

    def text(self, directory: Path | None, name: str) -> str | None:
        """The text of a file, or None where there is none that can be read.

        Raises:
            TooMuchError: it is too large, or too many were read before.
        """
        if directory is None and not name.startswith("/"):
            return None
        path = Path(directory or "/", name)
        if path not in self.known:
            self.known[path] = self._read(path)
        return self.known[path]

    def _read(self, path: Path) -> str | None:
        try:
            if not path.is_file():  # neither a pipe nor a device, which might block for ever
                return None
            if path.stat().st_size > FILE_SIZE_MAX_BYTES or self.count >= FILES_MAX:
                raise TooMuchError(f"{path.name} is too large to be judged")
            self.count += 1
            return path.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError):
            return None
