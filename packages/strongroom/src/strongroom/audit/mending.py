"""Mechanical mends: shown as a diff, then written whole, with comments and layout as they were.

An edit changes one line, and only where what it replaces stands in it exactly once. A mended
compose file must still be one, or it is left as it was.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from strongroom.audit.compose.reading import parse_documents
from strongroom.audit.databases import Database
from strongroom.audit.finding import Edit, Finding
from strongroom.errors import AuditError, ComposeError
from strongroom.files import write_whole


@dataclass(frozen=True)
class Mend:
    """A file before and after; ``findings`` are those that it mends."""

    path: Path
    before: str
    after: str
    findings: tuple[Finding, ...]

    def diff(self, shown: str) -> list[str]:
        """The change as a unified diff, with the path as it is to be shown."""
        return list(
            difflib.unified_diff(
                self.before.splitlines(),
                self.after.splitlines(),
                f"a/{shown}",
                f"b/{shown}",
                lineterm="",
            )
        )

    def write(self) -> None:
        """Replace the file in one step.

        Raises:
            AuditError: somebody changed it since it was read.
        """
        if self.path.read_bytes().decode("utf-8") != self.before:
            raise AuditError(
                f"{self.path} was changed while it was being judged; it is as it was.",
                next_step="strongroom audit --fix, again",
            )
        target = self.path.resolve()  # a link stays one
        write_whole(target, self.after.encode(), mode=target.stat().st_mode & 0o777)


def mends_for(findings: Sequence[Finding]) -> list[Mend]:
    """The mends of all findings that can be mended, by file; nothing is written."""
    by_file: dict[Path, list[Finding]] = defaultdict(list)
    for one in findings:
        if one.edit is not None:
            by_file[one.edit.file].append(one)
    found = []
    for path, group in sorted(by_file.items()):
        mend = _mend(path, group)
        if mend is not None:
            found.append(mend)
    return found


def _mend(path: Path, findings: Sequence[Finding]) -> Mend | None:
    try:
        before = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    lines = before.split("\n")
    from_below = sorted(findings, key=_line, reverse=True)
    mended = [one for one in from_below if one.edit is not None and _applied(lines, one.edit)]
    after = "\n".join(lines)
    if not mended or after == before or not _is_still_whole(path, after):
        return None
    return Mend(path, before, after, tuple(reversed(mended)))


def _line(finding: Finding) -> int:
    return finding.edit.line if finding.edit is not None else 0


def _applied(lines: list[str], edit: Edit) -> bool:
    """Change one line; False where it does not say, exactly once, what is to be replaced."""
    if not 0 < edit.line <= len(lines):
        return False
    line = lines[edit.line - 1]
    if line.count(edit.old) != 1:
        return line.count(edit.new) == 1  # another finding has mended it
    lines[edit.line - 1] = line.replace(edit.old, edit.new)
    return True


def _is_still_whole(path: Path, text: str) -> bool:
    if path.suffix not in {".yml", ".yaml"}:
        return True
    try:
        parse_documents(text, path)
    except ComposeError:
        return False
    return True


def name_volume(database: Database, name: str) -> Edit | None:
    """Let a volume's declaration say which one it means; None where it says more than a name."""
    mount = database.mount
    volume = database.project.volumes.get((mount.source or "") if mount is not None else "")
    if volume is None or not volume.declared or volume.external or volume.options:
        return None
    try:
        lines = volume.place.file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return None
    if volume.place.line > len(lines):
        return None
    line = lines[volume.place.line - 1]
    bare = re.fullmatch(
        r"(?P<begin>(?P<indent>\s*)[^\s#:]+:)\s*(?:\{\s*\}|null|~)?\s*(?P<rest>#.*)?", line
    )
    if bare is None or _goes_on(lines, volume.place.line, bare["indent"]):
        return None
    inner = f"{bare['indent']}  "
    rest = f"  {bare['rest']}" if bare["rest"] else ""
    new = f"{bare['begin']}{rest}\n{inner}external: true\n{inner}name: {name}"
    return Edit(volume.place.file, volume.place.line, line, new)


def _goes_on(lines: Sequence[str], line: int, indent: str) -> bool:
    """Whether what follows a line lies below it."""
    following = next((one for one in lines[line:] if one.strip() and one.strip()[0] != "#"), "")
    return len(following) - len(following.lstrip()) > len(indent)
