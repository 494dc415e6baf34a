"""What is known of the database that is looked for: by pin and state, or by the store alone.

Everything is read, nothing is written: also the local copy of the state stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from strongroom.backups.manifest import PREFIX, Manifest
from strongroom.config import Configuration
from strongroom.discovery.findings import Finding
from strongroom.errors import BackupError, NewerFormatError, PinError, StorageError, StrongroomError
from strongroom.identity.pin import nothing_pinned, pin_of
from strongroom.identity.state import State
from strongroom.identity.state_store import state_store_of
from strongroom.storage import ObjectStore, open_store

_STATES = "state/"


@dataclass(frozen=True)
class Knowledge:
    """By what a candidate is recognised; empty where nothing is known."""

    database_ids: frozenset[str] = frozenset()
    environment: str | None = None
    current: frozenset[int] = frozenset()
    """System identifiers of the clusters that may hold the database now."""
    earlier: frozenset[int] = frozenset()
    """Those of lives that were swapped away, and of its physical backups."""
    incarnations: frozenset[str] = frozenset()
    """The current ones."""
    pinned: bool = False
    """Whether the pin says so; else only the store does."""
    findings: tuple[Finding, ...] = ()


def knowledge_of(configuration: Configuration | None, why_none: str | None = None) -> Knowledge:
    """Learn what can be learnt of the database that a configuration means; nothing is raised."""
    if configuration is None:
        return Knowledge(findings=(_without_configuration(why_none),))
    try:
        pin = pin_of(configuration)
    except (PinError, NewerFormatError) as error:
        return _from_store(configuration, (Finding("pin_damaged", error.message),))
    if pin is None:
        lost = Finding("pin_lost", nothing_pinned(configuration))
        return _from_store(configuration, (lost,))
    state = _peeked(configuration, pin.database_id)
    known = _of_states([state] if state else [])
    return replace(
        known,
        database_ids=frozenset({pin.database_id}),
        environment=pin.environment,
        earlier=(known.earlier | _of_backups(configuration, {pin.database_id})) - known.current,
        pinned=True,
        findings=() if state else (_state_lost(pin.database_id),),
    )


def _without_configuration(why: str | None) -> Finding:
    return Finding(
        "no_configuration",
        f"{why or 'There is no configuration here.'} So nothing is known of the database that is "
        "looked for, and what the candidates hold decides.",
    )


def _state_lost(database_id: str) -> Finding:
    return Finding(
        "state_lost",
        f"A database is pinned ({database_id}), and its state cannot be read: its physical backups "
        "tell by which clusters it may be recognised.",
        "strongroom state rebuild",
    )


def _from_store(configuration: Configuration, findings: tuple[Finding, ...]) -> Knowledge:
    """Without a pin: what the state of any database, and the backups, still tell."""
    states = [
        state
        for database_id in sorted(_ids_in_store(configuration))
        if (state := _peeked(configuration, database_id)) is not None
    ]
    known, owners = _of_states(states), _owners(configuration)
    ids = known.database_ids | owners
    if ids:
        told = f"The store still tells of databases ({len(ids)}), and what it tells decides."
    else:
        told = "The store tells nothing either, so that what the candidates hold decides."
    return replace(
        known,
        database_ids=ids,
        earlier=(known.earlier | _of_backups(configuration, ids)) - known.current,
        findings=(*findings, Finding("without_pin", told)),
    )


def _of_states(states: Iterable[State]) -> Knowledge:
    states = list(states)
    lives = [one for state in states for one in state.incarnations]
    current = {id_ for one in lives if one.status != "retired" for id_ in one.clusters}
    return Knowledge(
        database_ids=frozenset(state.database_id for state in states),
        current=frozenset(current),
        earlier=frozenset(id_ for one in lives for id_ in one.clusters) - current,
        incarnations=frozenset(one.id for one in lives if one.status != "retired"),
    )


def _peeked(configuration: Configuration, database_id: str) -> State | None:
    try:
        return state_store_of(configuration, database_id).peek()
    except (StrongroomError, OSError):
        return None


def _ids_in_store(configuration: Configuration) -> set[str]:
    try:
        store = open_store(configuration.state_url)
        return {one.key.removeprefix(_STATES).partition("/")[0] for one in store.list(_STATES)}
    except (StrongroomError, OSError):
        return set()


def _owners(configuration: Configuration) -> frozenset[str]:
    """The databases that the backups in the store are of."""
    return frozenset(one.database_id for one in _manifests(configuration))


def _of_backups(configuration: Configuration, database_ids: Collection[str]) -> frozenset[int]:
    """Which clusters the physical backups of some databases were taken of."""
    return frozenset(
        one.physical.system_identifier
        for one in _manifests(configuration)
        if one.physical is not None and one.database_id in database_ids
    )


def _manifests(configuration: Configuration) -> list[Manifest]:
    try:
        return manifests_in(open_store(configuration.store_url))
    except (StrongroomError, OSError):
        return []


def manifests_in(store: ObjectStore) -> list[Manifest]:
    """Every manifest in a store that can be believed, newest first.

    Raises:
        StorageError: the store cannot be asked.
    """
    found = []
    for info in store.list(PREFIX):
        if "/manifest-" not in info.key:
            continue
        try:
            found.append(Manifest.from_bytes(store.get(info.key), info.key))
        except (BackupError, NewerFormatError, StorageError):
            continue  # fsck tells of those
    return sorted(found, key=lambda one: one.backup_id, reverse=True)
