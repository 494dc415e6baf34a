"""What the list in an export says of an activity, beside what its file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from strideiq.activities.public import ObservedActivity
from strideiq.imports.parsers.parsed import ParsedFile

TEXT_LENGTH_MAX = 10_000


@dataclass(frozen=True)
class Listed:
    """One row of an export's list: an observation of its source, never an annotation."""

    source: str
    """For example ``strava export``."""
    name: str | None = None
    description: str | None = None
    gear: str | None = None
    sport: str | None = None
    upstream_id: str | None = None
    """The activity's id at the service that gave the file, for example ``garmin:123``."""

    def as_dict(self) -> dict[str, str]:
        """What is known, as it is kept with the original."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def told(value: object, *, lines: bool = False) -> str | None:
    """A text of a list as it can be kept and shown, on one line or several; None without any."""
    if not isinstance(value, str):
        return None
    plain = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        each if each.isprintable() or (lines and each in "\n\t") else " " for each in plain
    )
    return (kept if lines else " ".join(kept.split())).strip()[:TEXT_LENGTH_MAX] or None


def listed_from(document: Mapping[str, str] | None) -> Listed | None:
    """What ``as_dict`` gave, read again; keys of another version are passed over."""
    known = {field.name for field in fields(Listed)}
    kept = {key: value for key, value in (document or {}).items() if key in known}
    return Listed(**kept) if "source" in kept else None


def with_listed(parsed: ParsedFile, listed: Listed | None) -> ParsedFile:
    """The file's activities with what the list says of them.

    A list names one activity; in a file of several sports it names the whole, not a part.
    """
    if listed is None or len(parsed.activities) != 1:
        return parsed
    [observed] = parsed.activities
    return replace(parsed, activities=(_named(observed, listed),))


def _named(observed: ObservedActivity, listed: Listed) -> ObservedActivity:
    sport = observed.sport
    return replace(
        observed,
        source=listed.source,
        name=listed.name or observed.name,
        description=listed.description,
        gear=listed.gear,
        upstream_id=listed.upstream_id or observed.upstream_id,
        sport=listed.sport if sport == "other" and listed.sport else sport,
    )
