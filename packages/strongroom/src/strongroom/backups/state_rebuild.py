"""Make a lost state again, from the manifests of backups and the database as it is found.

A backup says how many rows every table had, and how many epochs the chain. A database that
lacks some of them is refused as ever. What was written after the newest backup has left no
trace outside the database: that some of it is missing cannot be noticed any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from strongroom.backups.catalogue import read_catalogue
from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.errors import PinError, StateError
from strongroom.identity.judgement import Judgement, judge
from strongroom.identity.observation import Expected, Observation
from strongroom.identity.pin import Pin, nothing_pinned, pin_of
from strongroom.identity.places import opened
from strongroom.identity.state import Incarnation, State
from strongroom.identity.state_store import state_store_of
from strongroom.ledger import ledger_of
from strongroom.postgres.catalogue import STRONGROOM_SCHEMA
from strongroom.progress import SILENT, Progress

EPOCHS = f"{STRONGROOM_SCHEMA}.epoch"
ORIGIN = "rebuild"


@dataclass(frozen=True)
class Rebuilt:
    """A state that was made again."""

    database_id: str
    incarnation: str
    backup_id: str
    """The newest backup of that incarnation: the database has at least what is in it."""
    last_seen: str
    """When that backup was begun; rows written later may be missing unnoticed."""
    tables: int
    """How many tables have a floor again."""

    def as_dict(self) -> dict[str, Any]:
        """The outcome as documented for ``--json``."""
        return vars(self)


def rebuild_state(configuration: Configuration, *, progress: Progress = SILENT) -> Rebuilt:
    """Make the state of the pinned database again, where it is gone or damaged beyond reading.

    Raises:
        PinError: nothing is pinned.
        StateError: there is a state, the store cannot be asked, or no backup tells of the past.
        RefusedError: the database is not the one of the backups, or lacks something of them.
    """
    pin = pin_of(configuration)
    if pin is None:
        raise PinError(
            nothing_pinned(configuration),
            next_step="bring the lock file back, or strongroom adopt --dry-run",
        )
    store = state_store_of(configuration, pin.database_id)
    if store.exists():
        raise StateError(
            "The state of the pinned database is there; it is never made again over it.",
            next_step="strongroom check",
        )
    backups = _backups(configuration, pin)
    state = _state(pin, backups)
    found = _judged(configuration, pin, state, progress)
    life = _completed(state, found)
    store.create(state.with_incarnation(life).with_current(life.id))
    newest = next(one for one in backups if one.incarnation == life.id)
    ledger_of(configuration).record(
        "state_rebuilt",
        database_id=pin.database_id,
        incarnation=life.id,
        backup_id=newest.backup_id,
    )
    return Rebuilt(
        database_id=pin.database_id,
        incarnation=life.id,
        backup_id=newest.backup_id,
        last_seen=newest.started_at.isoformat(timespec="seconds"),
        tables=len(life.floors),
    )


def _backups(configuration: Configuration, pin: Pin) -> list[Manifest]:
    """The backups of the pinned database, newest first."""
    catalogue = read_catalogue(configuration)
    backups = [one for one in catalogue.backups if one.database_id == pin.database_id]
    if not backups:
        raise StateError(
            "There is no whole backup of the pinned database, so that nothing tells what it was.",
            next_step="strongroom adopt --dry-run",
        )
    return backups


def _state(pin: Pin, backups: Iterable[Manifest]) -> State:
    """A life for each incarnation, with the counts of its newest backup; the newest is current."""
    lives: dict[str, Incarnation] = {}
    found = list(backups)
    counted = {one.incarnation: one for one in reversed(found) if one.unproven is None}
    for manifest in found:
        newest = counted.get(manifest.incarnation, manifest)
        lives.setdefault(
            manifest.incarnation,
            Incarnation(
                id=manifest.incarnation,
                status="retired" if lives else "current",
                origin=ORIGIN,
                since=manifest.started_at.isoformat(timespec="seconds"),
                floors={
                    table.name: table.rows
                    for table in newest.tables
                    if table.method != "not_covered"
                },
                floors_from=newest.backup_id,
                floors_at=newest.started_at.isoformat(),
            ),
        )
    return State(pin.database_id, tuple(lives.values()))


def _judged(
    configuration: Configuration, pin: Pin, state: State, progress: Progress
) -> Observation:
    """Judge the database by the backups alone; also its chain may not have become shorter."""
    strict = replace(configuration, keep={**configuration.keep, EPOCHS: "all"})
    expected = Expected(pin, _with_epochs(state), configuration.environment)
    with opened(strict, expected, progress=progress) as place:
        judgement = judge(expected, place.found, strict)
    if not judgement.matches:
        raise _refused(judgement).refusal()
    return place.found


def _refused(judgement: Judgement) -> Judgement:
    message = (
        f"The state is not made again by what is there: {judgement.message} Where that is right "
        "all the same, strongroom adopt takes the database as it is."
    )
    # There is no state yet in which a person could accept it.
    return replace(judgement, message=message, acceptable=False)


def _with_epochs(state: State) -> State:
    """Of strongroom's own tables only the chain counts: it does nothing but grow."""
    current = state.current
    own = f"{STRONGROOM_SCHEMA}."
    floors = {
        table: rows
        for table, rows in current.floors.items()
        if table == EPOCHS or not table.startswith(own)
    }
    return state.with_incarnation(replace(current, floors=floors))


def _completed(state: State, found: Observation) -> Incarnation:
    """What is known of the current life from now on: its cluster and its marks as found."""
    own = f"{STRONGROOM_SCHEMA}."
    floors = {
        table: rows for table, rows in state.current.floors.items() if not table.startswith(own)
    }
    return replace(
        state.current,
        clusters=(found.system_identifier,) if found.system_identifier else (),
        marks=found.marks,
        floors=floors,
    )
