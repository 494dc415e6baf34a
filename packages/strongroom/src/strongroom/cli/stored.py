"""What ``strongroom status`` tells of the room that backups take, and of the places they lie in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import click

from strongroom.backups import Rule, fates_of, listed, rule_of
from strongroom.cli.quantities import plural, size_text
from strongroom.config import Configuration
from strongroom.drills import as_verdicts, deciding_drills


@dataclass(frozen=True)
class Stored:
    """Backups as a whole: their number and size, and how the 3-2-1 rule is kept."""

    space: Mapping[str, int]
    rule: Rule

    def as_dict(self) -> dict[str, object]:
        """Both as shown by ``--json``."""
        return {"space": dict(self.space), "three_two_one": self.rule.as_dict()}

    def lines(self) -> list[str]:
        """Both for a terminal."""
        return [_rule_line(self.rule), f"  space   {_space_told(self.space)}"]


def stored_of(configuration: Configuration) -> Stored:
    """Look at the store, and at where its copies lie.

    Raises:
        StorageError: the store cannot be asked.
    """
    return Stored(_space(configuration), rule_of(configuration))


def _space(configuration: Configuration) -> dict[str, int]:
    """What the backups take, and what ``prune`` would give back unless it is frozen."""
    backups, decided = listed(configuration), deciding_drills(configuration)
    fates = fates_of(configuration, backups, as_verdicts(decided))
    going = {fate.backup.backup_id for fate in fates if not fate.kept}
    return {
        "backups": len(backups),
        "used_bytes": sum(one.size_bytes for one in backups),
        "expired": len(going),
        "expired_bytes": sum(one.size_bytes for one in backups if one.backup_id in going),
    }


def _space_told(space: Mapping[str, int]) -> str:
    told = f"{plural(space['backups'], 'backup')}, {size_text(space['used_bytes'])}"
    if not space["expired"]:
        return told
    freed = size_text(space["expired_bytes"])
    return f"{told}; strongroom prune would remove {space['expired']}, {freed}"


def _rule_line(rule: Rule) -> str:
    """How the 3-2-1 rule is kept: copies, media, off site."""
    mark = click.style("●", fg="green") if rule.good else click.style("▲", fg="yellow")
    counted = f"{rule.copies} copies, {rule.media} media, {rule.off_site} off site"
    return f"{mark} 3-2-1   {'; '.join([counted, *rule.findings])}"
