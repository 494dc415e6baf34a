"""Find every place where the data may be, and say which is the right one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.config import Configuration
from strongroom.discovery.advice import advise
from strongroom.discovery.around import around
from strongroom.discovery.candidates import Candidate
from strongroom.discovery.containers import survey_engines, survey_roots
from strongroom.discovery.engine_answers import Container
from strongroom.discovery.engines import engine_addresses
from strongroom.discovery.findings import Finding
from strongroom.discovery.knowledge import Knowledge, knowledge_of
from strongroom.discovery.looking import look_into
from strongroom.discovery.places import configured_places, usual_places
from strongroom.discovery.processes import place_of, running_processes
from strongroom.discovery.quiet import shown
from strongroom.discovery.ranking import ranked
from strongroom.discovery.roots import usual_roots
from strongroom.discovery.searching import Unreadable
from strongroom.discovery.servers import (
    SOCKET_DIRECTORIES,
    survey_ports,
    survey_processes,
    survey_sockets,
)
from strongroom.discovery.siblings import survey_siblings
from strongroom.discovery.stored import survey_stores
from strongroom.discovery.survey import Survey
from strongroom.progress import SILENT, Progress

DURATION_MAX_S = 60.0
LOOKED_INTO_MAX = 20


@dataclass(frozen=True)
class Scope:
    """Where to look, and how closely."""

    paths: tuple[Path, ...] = ()
    docker_roots: tuple[Path, ...] = ()
    stores: tuple[str, ...] = ()
    machine: bool = True
    """Also at this machine's usual places, engines, running servers, sockets and ports."""
    look: bool = False
    """Whether copies are opened, to read identity and counts."""
    scratch: Path | None = None
    """Where those copies are made; by default where the configuration says, else in a temporary
    directory."""
    duration_max_s: float = DURATION_MAX_S


@dataclass(frozen=True)
class Found:
    """What a search has found: candidates in order, the right one first."""

    candidates: list[Candidate]
    findings: list[Finding] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """The search as documented for ``--json``."""
        return {
            "candidates": [one.as_dict() for one in self.candidates],
            "findings": [one.as_dict() for one in self.findings],
            "looked": list(self.looked),
            "unreadable": [one.as_dict() for one in self.unreadable],
        }


def find(
    configuration: Configuration | None,
    scope: Scope,
    *,
    why_none: str | None = None,
    progress: Progress = SILENT,
) -> Found:
    """Look everywhere that ``scope`` says; nothing that is found is started, moved or changed.

    Args:
        configuration: of the database that is looked for; None where there is none.
        scope: where to look.
        why_none: why there is no configuration, where that is worth telling.
        progress: is told what is being looked at.
    """
    knowledge = knowledge_of(configuration, why_none)
    survey = Survey(running_processes(), scope.duration_max_s, progress)
    containers = _survey_files(survey, configuration, scope)
    stores = survey_stores(survey, configuration, scope.stores)
    if configuration is not None:
        survey_siblings(survey, configuration)
        _mark_configured(survey.candidates, configuration)
    candidates = ranked(survey.candidates, knowledge)
    if scope.look:
        with _scratch(configuration, scope) as scratch:
            _look(candidates, scratch, survey, progress)
        candidates = ranked(candidates, knowledge)
    surroundings = around(configuration, containers)
    for one in candidates:
        advise(one, configuration, knowledge, stores, surroundings)
    findings = [*knowledge.findings, *_conclusions(candidates, knowledge), *survey.findings]
    return Found(candidates, findings, survey.looked, survey.unreadable)


def _survey_files(
    survey: Survey, configuration: Configuration | None, scope: Scope
) -> list[Container]:
    """Volumes first: what lies in one is told as such, by whichever way it is come upon.

    Returns:
        The containers that were seen on the way.
    """
    containers = survey_engines(survey, engine_addresses()) if scope.machine else []
    roots = [*scope.docker_roots, *(usual_roots() if scope.machine else ())]
    containers += survey_roots(survey, roots)
    for path, depth in configured_places(configuration) if configuration else ():
        survey.search(path, f"directory {path}", depth_max=depth)
    for path in scope.paths:
        _survey_path(survey, path.absolute())
    if not scope.machine:
        return containers
    for path, depth in usual_places():
        survey.search(path, f"directory {path}", depth_max=depth)
    survey_processes(survey)
    survey_sockets(survey, SOCKET_DIRECTORIES)
    survey_ports(survey, containers)
    return containers


def _survey_path(survey: Survey, path: Path) -> None:
    """A directory that was named must be one: a mistyped path is not an empty result."""
    try:
        why = (
            None if path.is_dir() else "it is no directory" if path.exists() else "it is not there"
        )
    except OSError as error:
        why = error.strerror
    if why is not None:
        survey.unreadable.append(Unreadable(shown(path), why))
        return
    survey.search(path, f"directory {path}")


def _mark_configured(candidates: list[Candidate], configuration: Configuration) -> None:
    if configuration.server is None:
        return
    place = place_of(configuration.server.data_directory)
    for one in candidates:
        if one.cluster is not None and one.here and place is not None:
            one.configured = place_of(one.cluster.path) == place


def _look(candidates: list[Candidate], scratch: Path, survey: Survey, progress: Progress) -> None:
    files = [one for one in candidates if one.kind not in {"backup", "database", "server"}]
    for number, one in enumerate(files[:LOOKED_INTO_MAX], start=1):
        progress.amount("find.looking", number, min(len(files), LOOKED_INTO_MAX), "clusters")
        look_into(one, scratch, progress=progress)
    if len(files) > LOOKED_INTO_MAX:
        told = f"The first {LOOKED_INTO_MAX} of {len(files)} clusters were looked into."
        survey.findings.append(
            Finding("not_all_looked_into", told, "strongroom find --look PATH, for one of them")
        )


@contextmanager
def _scratch(configuration: Configuration | None, scope: Scope) -> Iterator[Path]:
    if scope.scratch is not None:
        yield scope.scratch
    elif configuration is not None:
        yield configuration.scratch_directory
    else:
        with tempfile.TemporaryDirectory(prefix="strongroom-find-") as directory:
            yield Path(directory)


def _conclusions(candidates: list[Candidate], knowledge: Knowledge) -> Iterator[Finding]:
    """What the order means, in a sentence each."""
    pinned = next((one for one in candidates if one.pinned), None)
    if pinned is None:
        if knowledge.pinned:
            yield _not_recognised(candidates)
        return
    if not pinned.configured and any(one.configured for one in candidates):
        told = "Where the configuration points lies another cluster than the pinned one."
        yield Finding("another_in_place", told)
    identifier = pinned.system_identifier
    copies = [one for one in candidates if one.clone and one.cluster]
    same = [one for one in copies if one.system_identifier == identifier]
    if same:
        yield Finding(
            "copies",
            f"Beside the pinned one there {'is a copy' if len(same) == 1 else 'are copies'} of its "
            f"files ({len(same)}); it is the one whose log has come furthest. Let only one run.",
        )


def _not_recognised(candidates: list[Candidate]) -> Finding:
    told = "None of these is known to be the pinned database."
    if any(one.looked_into for one in candidates):
        return Finding("pinned_not_found", told)
    return Finding(
        "pinned_not_found",
        f"{told} What is in them may tell more.",
        "strongroom find --look",
    )
