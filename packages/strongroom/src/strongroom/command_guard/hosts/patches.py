"""The patches that Codex applies: ``*** Begin Patch`` … ``*** End Patch``."""

from __future__ import annotations

from strongroom.command_guard.hosts.exchange import Edit, NotUnderstoodError

BEGIN, END = "*** Begin Patch", "*** End Patch"
_ADD, _UPDATE, _DELETE = "*** Add File: ", "*** Update File: ", "*** Delete File: "
_MOVE = "*** Move to: "


def edits_of(patch: str) -> tuple[Edit, ...]:
    """The changes that a patch makes, each hunk with the lines around it.

    Raises:
        NotUnderstoodError: it is no such patch, or names no file.
    """
    found: list[Edit] = []
    path, kind = "", ""
    old: list[str] = []
    new: list[str] = []
    for line in [*_inside(patch), "@@"]:
        mark = next((one for one in (_ADD, _UPDATE, _DELETE, _MOVE) if line.startswith(one)), "")
        if not mark and not line.startswith("@@"):
            _add(line, old, new)
            continue
        if old or new:
            found.append(Edit(path, "\n".join(old), "\n".join(new), whole=kind == _ADD))
            old, new = [], []
        if mark == _MOVE:
            # The old name goes, with what was in it, and the new one comes.
            found.append(Edit(path, "", "", whole=True))
        elif mark:
            path, kind = line[len(mark) :].strip(), mark
        if mark == _DELETE:
            found.append(Edit(path, "", "", whole=True))
    if not found:
        raise NotUnderstoodError("the patch changes no file")
    return tuple(found)


def _inside(patch: str) -> list[str]:
    lines = patch.replace("\r\n", "\n").split("\n")
    begins = [place for place, line in enumerate(lines) if line.strip() == BEGIN]
    if not begins:
        raise NotUnderstoodError("there is no patch")
    inside = lines[begins[0] + 1 :]
    ends = [place for place, line in enumerate(inside) if line.strip() == END]
    return inside[: ends[0]] if ends else inside


def _add(line: str, old: list[str], new: list[str]) -> None:
    if line.startswith("*** End of File"):
        return
    if not line.startswith("+"):
        old.append(line[1:])
    if not line.startswith("-"):
        new.append(line[1:])
