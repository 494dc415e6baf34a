"""Cases written as text: several small directories in one file.

A case begins with ``=== name`` (and, after a colon, what is expected); its files with
``-- path --``. Lines before the first case are a comment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILES = Path(__file__).parent / "files"


@dataclass(frozen=True)
class Case:
    """One directory, and what is expected of it."""

    name: str
    expected: str
    files: dict[str, str]

    def write(self, directory: Path) -> Path:
        """Write the files into a directory of the case's own name."""
        home = directory / self.name
        for name, text in self.files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return home


def cases(name: str) -> list[Case]:
    """The cases of a file in ``files``."""
    return list(_read((FILES / name).read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Case]:
    for part in ("\n" + text).split("\n=== ")[1:]:
        head, _, body = part.partition("\n")
        name, _, expected = head.partition(":")
        files = {}
        for block in ("\n" + body).split("\n-- ")[1:]:
            path, _, content = block.partition(" --\n")
            files[path] = content.rstrip("\n") + "\n"
        yield Case(name.strip(), expected.strip(), files)
