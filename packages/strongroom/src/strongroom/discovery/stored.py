"""Backups as candidates: of each database in a store those that one would bring back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.discovery.candidates import Candidate, DatabaseSeen
from strongroom.discovery.findings import Finding
from strongroom.discovery.knowledge import manifests_in
from strongroom.discovery.survey import Survey
from strongroom.drills import deciding_drills
from strongroom.errors import StrongroomError
from strongroom.storage import open_store, shown_address

_MAJOR = re.compile(r"\d+")


def survey_stores(
    survey: Survey, configuration: Configuration | None, urls: Iterable[str]
) -> dict[str, str]:
    """Look into the configured store, its copies, and those that are named.

    Returns:
        The address of each store as messages name it, to what a command takes; the configured
        one, which no command needs to be told, is not among them.
    """
    given: dict[str, str] = {}
    named = [*(configuration.copies if configuration else ()), *urls]
    if configuration is not None:
        _survey_store(survey, configuration.store_url, _proven(configuration))
    for url in named:
        if configuration is not None and configuration.with_store(url).store_url == (
            configuration.store_url
        ):
            continue
        proven = _proven(configuration.with_store(url)) if configuration else None
        _survey_store(survey, url, proven)
        given[shown_address(url)] = url
    return given


def _survey_store(survey: Survey, url: str, proven: frozenset[str] | None) -> None:
    shown = shown_address(url)
    survey.progress.step("find.store")
    try:
        manifests = manifests_in(open_store(url))
    except (StrongroomError, OSError) as error:
        told = error.message if isinstance(error, StrongroomError) else str(error)
        survey.findings.append(Finding("store_unreadable", f"The store {shown}: {told}"))
        return
    survey.looked.append(f"{len(manifests)} backups in {shown}")
    chosen = _worth_telling(manifests, proven or frozenset())
    survey.candidates += [_candidate(one, shown, proven) for one in chosen]
    if len(manifests) > len(chosen):
        survey.findings.append(
            Finding(
                "more_backups",
                f"{len(manifests) - len(chosen)} more backups are in {shown}.",
                "strongroom backups",
            )
        )


def _proven(configuration: Configuration) -> frozenset[str] | None:
    """The backups that drills have proven; None where that cannot be told."""
    try:
        decided = deciding_drills(configuration)
    except (StrongroomError, OSError):
        return None
    return frozenset(name for name, drill in decided.items() if drill.verdict == "proven")


def _worth_telling(manifests: list[Manifest], proven: frozenset[str]) -> list[Manifest]:
    """Of each database the newest backup, the newest proven one, and the one with most rows."""
    chosen: dict[str, Manifest] = {}
    for database_id in dict.fromkeys(one.database_id for one in manifests):
        of_it = [one for one in manifests if one.database_id == database_id]
        newest_proven = [one for one in of_it if one.backup_id in proven][:1]
        fullest = max(of_it, key=lambda one: (one.rows, one.backup_id))
        for one in (of_it[0], *newest_proven, fullest):
            chosen[one.backup_id] = one
    return list(chosen.values())


def _candidate(manifest: Manifest, store: str, proven: frozenset[str] | None) -> Candidate:
    major = _MAJOR.match(manifest.postgres_version)
    return Candidate(
        kind="backup",
        path=store,
        databases=[
            DatabaseSeen(
                manifest.application,
                size_bytes=manifest.database_size_bytes,
                tables={one.name: one.rows for one in manifest.tables},
                database_id=manifest.database_id,
                environment=manifest.environment,
                incarnation=manifest.incarnation,
            )
        ],
        major=int(major[0]) if major else None,
        system_identifier=manifest.physical.system_identifier if manifest.physical else None,
        size_bytes=manifest.size_bytes,
        changed_at=manifest.started_at,
        backup_id=manifest.backup_id,
        proven=None if proven is None else manifest.backup_id in proven,
    )
