"""A search in progress: what was looked at, what was found, and how much time is left."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.discovery.candidates import Candidate, Holder, Kind, candidate_of
from strongroom.discovery.cluster import read_cluster
from strongroom.discovery.findings import Finding
from strongroom.discovery.processes import Place, Processes, place_of
from strongroom.discovery.quiet import Budget
from strongroom.discovery.searching import DEPTH_MAX, Searched, Seen, Unreadable, search
from strongroom.progress import SILENT, Progress

ENTRIES_MAX = 5_000_000
MEASURED_MAX_S = 10.0
"""For adding up the files of one cluster."""


@dataclass
class Survey:
    """Gathers candidates; one directory is one candidate, by whichever way it was come upon."""

    processes: Processes
    duration_max_s: float
    progress: Progress = SILENT
    candidates: list[Candidate] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)
    _searched: Seen = field(default_factory=dict)
    _read: dict[Place, Candidate] = field(default_factory=dict)

    def search(
        self,
        root: Path,
        what: str,
        *,
        kind: Kind = "directory",
        holder: Holder | None = None,
        depth_max: int = DEPTH_MAX,
    ) -> Searched:
        """Search a directory for clusters and read each that is new.

        Args:
            root: the directory.
            what: how it is told of under ``looked``.
            kind: what a cluster in it is.
            holder: the volume or container that holds it.
            depth_max: how far down it is searched.
        """
        self.looked.append(what)
        budget = Budget(entries_max=ENTRIES_MAX, duration_max_s=self._left_s)
        found = search(
            root,
            budget,
            depth_max=depth_max,
            seen=self._searched,
            follow_links=holder is None,
        )
        self.unreadable += found.unreadable
        if not found.complete:
            self.findings.append(_incomplete(root))
        for path in found.clusters:
            inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
            self.read(path, kind, _within(holder, "" if inside == "." else inside))
        self.progress.amount("find.candidates", len(self.candidates), None, "candidates")
        return found

    def read(self, path: Path, kind: Kind, holder: Holder | None = None) -> Candidate | None:
        """Read one directory as a candidate; None where it is none, or cannot be read."""
        place = place_of(path)
        if place is not None and place in self._read:
            return self._read[place]
        budget = Budget(entries_max=ENTRIES_MAX, duration_max_s=MEASURED_MAX_S)
        try:
            cluster = read_cluster(path, budget=budget, processes=self.processes)
        except OSError as error:
            self.cannot_read(path, error)
            return None
        if cluster is None:
            return None
        candidate = candidate_of(cluster, kind, holder)
        self.candidates.append(candidate)
        if place is not None:
            self._read[place] = candidate
        return candidate

    def at(self, place: Place) -> Candidate | None:
        """The candidate in a directory, whatever it is called."""
        return self._read.get(place)

    def cannot_read(self, path: Path | str, error: OSError) -> None:
        """Note a place that could not be looked into."""
        self.unreadable.append(Unreadable(str(path), error.strerror or type(error).__name__))

    @property
    def _left_s(self) -> float:
        return self.duration_max_s - (time.monotonic() - self._begun)


def _within(holder: Holder | None, inside: str) -> Holder | None:
    if holder is None:
        return None
    return Holder(holder.volume, holder.containers, holder.engine, inside)


def _incomplete(root: Path) -> Finding:
    return Finding(
        "search_incomplete",
        f"The time was up before all of {root} was searched: more may lie there.",
        "strongroom find --time-limit SECONDS, with more of them",
    )
