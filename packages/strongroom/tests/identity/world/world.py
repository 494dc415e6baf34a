"""The world in pure Python: real states and real rules, made-up databases and machines.

What a process does in a few lines here (``Chain``, ``StateStore``) it does on real servers in
``replay``. All that decides is the code that ships.
"""

from __future__ import annotations

import itertools
from collections import Counter
from copy import copy as shallow
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from strongroom.config import Policy
from strongroom.identity import lives
from strongroom.identity.floors import with_deletion
from strongroom.identity.observation import Expected, Identity, Observation
from strongroom.identity.pin import Pin
from strongroom.identity.state import Incarnation, Mark, PlannedDeletion, State
from strongroom.identity.verdicts import Limits, Verdict, decide

from .truth import HEARTBEAT_S, TABLES, Copy, Event, Life, Log, allowed, contains

START = datetime(2026, 1, 1, tzinfo=UTC)
PIN = Pin("ours", "production", ("age1",))
LIMITS = Limits(Policy(), {})
FIRST_ROWS = {"public.run": 1_000, "public.route": 20}


@dataclass
class Process:
    """A process that has opened a database."""

    copy: Copy
    judged: Incarnation
    judged_seen: Log
    accepts: int
    looked: int = 0
    """When it last saw that nothing had been written since the newest mark."""
    quiet_until: str | None = None
    must_judge: bool = False


@dataclass
class Machine:
    """A machine with its own address of the database, and its own view of the state."""

    name: str
    address: Copy
    cached: State | None = None
    """Its own copy of the state while the store is away."""
    confirmed: dict[str, str] = field(default_factory=dict)
    """The newest marks when the store was last there."""
    lives: dict[str, Life] | None = None
    """What has been seen, in truth, as far as it was told to this machine."""
    process: Process | None = None


class World:
    """Everything that exists, what strongroom knows of it, and what is true."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._uids = itertools.count(1)
        self._names = itertools.count(1)
        self.clusters = itertools.count(2)
        self.copies: list[Copy] = []
        self.lives: dict[str, Life] = {}
        self.tally: Counter[str] = Counter()
        """What was met, for the report."""
        self._marks: dict[int, list[Mark]] = {}
        self.backups: list[tuple[Log, dict[str, int]]] = []
        first = Copy("c0", "life-0", 1, 1, ())
        self.right = first
        """The one that is in use by the recorded acts of its operators."""
        self.state = State(PIN.database_id, ())
        self.begin(first)
        self.machines = [Machine("a", first), Machine("b", first)]

    def begin(self, first: Copy) -> None:
        """``init``: pinned, with its first epoch and its first rows."""
        self.copies.append(first)
        self.lives[first.life] = Life("current", {first.cluster})
        self.commit(first)
        (mark,) = self.marks(first)
        life = Incarnation(first.life, "current", "init", mark.at, (first.cluster,), (mark,))
        self.state = State(PIN.database_id, (life,))
        self.lives[first.life].seen = first.log
        self.commit(first, FIRST_ROWS)

    # What can be seen.

    def clock(self, copy: Copy) -> str:
        return (START + timedelta(seconds=self.now_s + copy.clock_offset_s)).isoformat()

    def known(self, machine: Machine) -> State:
        return machine.cached or self.state

    def truth(self, machine: Machine) -> dict[str, Life]:
        return self.lives if machine.lives is None else machine.lives

    def verdict(self, copy: Copy, machine: Machine) -> Verdict:
        """What the gate says of a database on this machine."""
        expected = Expected(PIN, self.known(machine), "production")
        return decide(expected, self.observed(copy, expected), LIMITS).verdict

    def observed(self, copy: Copy, expected: Expected) -> Observation:
        found = Observation(
            copy.name,
            holds="a PostgreSQL database",
            identity=Identity(PIN.database_id, "production", copy.life),
            system_identifier=copy.cluster,
            in_recovery=copy.following is not None,
            timeline=None if copy.following else copy.timeline,
            counts=copy.rows,
        )
        remembered = {mark.n for mark in expected.life_of(found).marks}
        marks = self.marks(copy)
        return replace(
            found, marks=tuple(one for one in marks if one.n in remembered or one is marks[-1])
        )

    def marks(self, copy: Copy) -> list[Mark]:
        """All epochs of a database; a log is known by its last event."""
        last = copy.log[-1].uid
        if last not in self._marks:
            self._marks[last] = [
                _mark(copy.log, index, n) for n, index in enumerate(_marks_in(copy.log), start=1)
            ]
        return self._marks[last]

    # What happens in a database.

    def commit(
        self, copy: Copy, rows: dict[str, int] | None = None, *, watched: bool = True
    ) -> None:
        """Write something: rows, or a mark."""
        before = copy.log[-1].totals if copy.log else dict.fromkeys(TABLES, 0)
        totals = {table: before[table] + (rows or {}).get(table, 0) for table in TABLES}
        uid, offset_s = next(self._uids), copy.clock_offset_s
        event = Event(uid, self.now_s, rows, watched, offset_s, copy.timeline, totals)
        copy.log = (*copy.log, event)

    def copy_of(self, source: Copy, log: Log | None = None) -> Copy:
        """Copy a database byte by byte, as it is or as it was."""
        made = shallow(source)
        made.name = f"c{next(self._names)}"
        made.log = source.log if log is None else log
        made.following = None
        self.copies.append(made)
        return made

    def reload_elsewhere(self, source: Copy) -> Copy:
        """Load a dump into another server."""
        made = self.copy_of(source)
        made.cluster, made.timeline, made.promoted_from = next(self.clusters), 1, None
        return made

    # What processes do.

    def open(self, machine: Machine) -> Verdict:
        """Start an application: it is judged in full, and its first act is to append an epoch."""
        machine.process = None
        verdict = self.verdict(machine.address, machine)
        if verdict is Verdict.MATCH and machine.address.following is None:
            machine.process = self.let_in(machine)
            self.append(machine)
        return verdict

    def let_in(self, machine: Machine) -> Process:
        copy = machine.address
        life = self.known(machine).incarnation(copy.life)
        truth = self.truth(machine)[copy.life]
        assert life is not None
        return Process(copy, life, truth.seen, truth.accepts)

    def beat(self, machine: Machine) -> None:
        """A heartbeat: a new connection is verified, then an epoch appended if anything moved."""
        process = machine.process
        if process is None:
            return
        if process.must_judge or process.copy is not machine.address:
            machine.process = None
            if self.verdict(machine.address, machine) is not Verdict.MATCH:
                return
            if machine.address.following is not None:
                return
            process = machine.process = self.let_in(machine)
        if process.copy.log[-1].rows is None:
            process.quiet_until, process.looked = self.clock(process.copy), next(self._uids)
        else:
            self.append(machine)

    def append(self, machine: Machine, *, told: bool = True) -> None:
        process = machine.process
        assert process is not None
        copy = process.copy
        last = copy.log[_marks_in(copy.log)[-1]]
        quiet = copy.log[-1] is last or process.looked > last.uid
        soon = self.now_s - last.at_s <= HEARTBEAT_S
        watched = told and machine.cached is None and (quiet or soon)
        self.commit(copy, watched=watched)
        if told:
            self.tell(machine, process)

    def tell(self, machine: Machine, process: Process) -> None:
        """Tell the state of the mark just committed; whoever advances first is followed."""
        copy = process.copy
        newest = self.marks(copy)[-64:]
        mark = newest[-1]
        if mark.quiet_until is None:
            mark = replace(mark, quiet_until=process.quiet_until)
        state = lives.appended(self.known(machine), process.judged, mark, newest)
        self.put(machine, state)
        life = state.incarnation(process.judged.id)
        if life is not None and life.last is not None and life.last.nonce == mark.nonce:
            process.judged = life
        else:
            process.must_judge = True
        self.followed(machine, process)

    def soon(self, copy: Copy) -> bool:
        """Whether the newest mark followed within a heartbeat on the one before it."""
        marks = _marks_in(copy.log)
        return copy.log[marks[-1]].at_s - copy.log[marks[-2]].at_s <= HEARTBEAT_S

    def followed(self, machine: Machine, process: Process) -> None:
        """The same in truth: whose mark is followed, and whose time of writing nobody heard of.

        This looks at the logs only, and not at what the state made of them.
        """
        copy = process.copy
        life = self.truth(machine).get(copy.life)
        follows = (
            life is not None
            and process.accepts == life.accepts
            and (contains(copy.log, life.seen) or life.seen is process.judged_seen)
        )
        if life is None or not follows:
            if not self.soon(copy):
                copy.log = (*copy.log[:-1], replace(copy.log[-1], watched=False))
            return
        life.seen, life.seen_timeline = copy.log, copy.timeline
        process.judged_seen = life.seen
        life.just_accepted = False
        if life.status == "current" and machine.lives is None:
            self.right = copy

    def put(self, machine: Machine, state: State) -> None:
        if machine.cached is None:
            self.state = state
        else:
            machine.cached = state

    # Recorded acts. The store must be there for them.

    def back_up(self, copy: Copy) -> None:
        """A backup of the database in use, its floors with it."""
        at = (START + timedelta(seconds=self.now_s)).isoformat()
        self.state = lives.with_floors(
            self.state, copy.rows, backup_id="backup", at=at, incarnation=copy.life
        )
        life = self.lives[copy.life]
        life.floors, life.floors_seen, life.planned = copy.rows, copy.log, {}
        self.backups.append((copy.log, copy.rows))

    def plan(self, copy: Copy, table: str, rows: int) -> None:
        """Announce a deletion."""
        self.now_s += 1
        at = (START + timedelta(seconds=self.now_s)).isoformat()
        known = self.state.incarnation(copy.life)
        assert known is not None
        planned = PlannedDeletion(table, rows, f"permit-{self.now_s}", at)
        self.state = self.state.with_incarnation(with_deletion(known, planned))
        life = self.lives[copy.life]
        life.planned = {**life.planned, table: life.planned.get(table, 0) + rows}
        self.now_s += 1

    def restored(self, log: Log) -> Copy:
        """A restored copy in a cluster of its own, re-stamped before anybody may connect."""
        made = Copy(f"c{next(self._names)}", f"life-{len(self.lives)}", next(self.clusters), 1, log)
        self.copies.append(made)
        self.commit(made)
        made.stamped = len(made.log)
        return made

    def announce(self, copy: Copy, floors: dict[str, int]) -> None:
        new = Incarnation(
            copy.life, "pending", "restore", self.clock(copy), (copy.cluster,), floors=floors
        )
        self.state = lives.announced(self.state, new)
        for life in self.lives.values():
            life.status = "retired" if life.status == "pending" else life.status
        known = self.lives.setdefault(copy.life, Life("pending", {copy.cluster}, floors=floors))
        known.status = "pending"

    def arrive(self, copy: Copy) -> None:
        self.state = lives.arrived(self.state)
        for life in self.lives.values():
            life.status = "retired"
        self.lives[copy.life].status = "current"
        self.right = copy

    def withdraw(self, copy: Copy) -> None:
        self.state = lives.withdrawn(self.state)
        life = self.lives[copy.life]
        life.status = "retired"
        if not life.seen:  # it was never in use, and is forgotten
            del self.lives[copy.life]
            copy.life = f"{copy.life}-withdrawn-{copy.name}"

    def accept(self, machine: Machine) -> None:
        """A person says that this is the right database all the same."""
        copy = machine.address
        expected = Expected(PIN, self.state, "production")
        found = self.observed(copy, expected)
        self.now_s += 1
        since = (START + timedelta(seconds=self.now_s)).isoformat()
        self.state = lives.accepted(self.state, found, expected.life_of(found).floors, since=since)
        for life in self.lives.values():
            life.status = "retired"
        life = self.lives.setdefault(copy.life, Life("current", set()))
        life.status, life.clusters = "current", {copy.cluster}
        life.accepts, life.just_accepted = life.accepts + 1, True
        marks = _marks_in(copy.log)
        life.seen, life.seen_timeline = copy.log[: marks[-1] + 1], copy.log[marks[-1]].timeline
        life.floors, life.floors_seen, life.planned = copy.rows, copy.log, {}
        self.right = copy

    def lose_store(self, machine: Machine) -> None:
        if machine.cached is None:
            machine.cached = self.state
            machine.confirmed = lives.newest_marks(self.state)
            machine.lives = {name: shallow(life) for name, life in self.lives.items()}

    def find_store(self, machine: Machine) -> None:
        if machine.cached is None or machine.lives is None:
            return
        before = {one.id: one.accepted_at for one in machine.cached.incarnations}
        self.state = lives.caught_up(self.state, machine.cached, machine.confirmed)
        for name, seen in machine.lives.items():
            known, life = self.lives.get(name), self.state.incarnation(name)
            if known is None or life is None or life.accepted_at != before.get(name):
                continue
            if contains(seen.seen, known.seen) and len(seen.seen) > len(known.seen):
                known.seen, known.seen_timeline = seen.seen, seen.seen_timeline
                if known.status == "current" and machine.process:
                    self.right = machine.process.copy
        machine.cached = machine.lives = None
        if machine.process:
            machine.process.must_judge = True

    # The judgement of the judge.

    def examine(self, copy: Copy, machine: Machine) -> None:
        """Compare a verdict with the truth."""
        life = self.truth(machine).get(copy.life)
        answer, why = allowed(copy, life)
        if answer == "in" and why != "complete" and machine.cached is not None:
            answer = "either"  # marks that it learns from the database alone date a loss less well
        verdict = self.verdict(copy, machine)
        let_in = verdict is Verdict.MATCH
        self.tally[f"{verdict}: {why}"] += 1
        if answer == "either":
            return
        assert let_in == (answer == "in"), (
            f"{copy.name} on machine {machine.name} is {verdict}, and it is to be {answer}: {why}"
        )


def _marks_in(log: Log) -> list[int]:
    return [index for index, event in enumerate(log) if event.rows is None]


def _mark(log: Log, index: int, n: int) -> Mark:
    event = log[index]
    at = (START + timedelta(seconds=event.at_s + event.clock_offset_s)).isoformat()
    quiet = index > 0 and log[index - 1].rows is None
    return Mark(n, f"nonce-{event.uid}", event.timeline, at, at if quiet else None)
