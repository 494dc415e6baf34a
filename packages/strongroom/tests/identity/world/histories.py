"""Random histories: what people, machines and disks may do to a database, one act after another."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from .truth import Copy
from .world import Machine, World

Act = Callable[[World, random.Random], None]
ACTS: dict[str, tuple[int, Act]] = {}
"""Weight and deed of each act, by name."""


def act(weight: int) -> Callable[[Act], Act]:
    def register(deed: Act) -> Act:
        ACTS[deed.__name__] = (weight, deed)
        return deed

    return register


def play(
    world: World, seed: int, *, only: frozenset[str] | None = None, acts_max: int = 40
) -> Iterator[str]:
    """Play a history act by act; the same seed is the same history."""
    rng = random.Random(seed)  # noqa: S311  a history, no secret
    names = [name for name in ACTS if only is None or name in only]
    weights = [ACTS[name][0] for name in names]
    for machine in world.machines[: rng.choice((1, 1, 2))]:
        world.open(machine)
    for _ in range(rng.randint(8, acts_max)):
        name = rng.choices(names, weights)[0]
        ACTS[name][1](world, rng)
        yield name


def a_machine(world: World, rng: random.Random) -> Machine:
    return rng.choice(world.machines)


def running(world: World, rng: random.Random) -> Machine | None:
    there = [one for one in world.machines if one.process]
    return rng.choice(there) if there else None


def with_store(world: World, rng: random.Random) -> Machine | None:
    there = [one for one in world.machines if one.cached is None]
    return rng.choice(there) if there else None


def pass_time(world: World, seconds: float) -> None:
    """Let time pass; every open process beats in it."""
    beats = max(1, round(seconds / 50))
    # A long night needs no more beats than its first and its last.
    for number in range(beats):
        if 2 <= number < beats - 2:
            world.now_s += 50
            continue
        world.now_s += min(seconds, 50)
        for machine in world.machines:
            world.beat(machine)


@act(10)
def write(world: World, rng: random.Random) -> None:
    machine = running(world, rng)
    if machine and machine.process:
        table = rng.choice(("public.run", "public.run", "public.route"))
        world.commit(machine.process.copy, {table: rng.randint(1, 40)})
    world.now_s += rng.random()


@act(3)
def delete_a_few(world: World, rng: random.Random) -> None:
    machine = running(world, rng)
    if machine and machine.process:
        rows = machine.process.copy.rows["public.run"]
        world.commit(machine.process.copy, {"public.run": -rng.randint(0, rows // 12)})
    world.now_s += rng.random()


@act(1)
def delete_most(world: World, rng: random.Random) -> None:
    machine = running(world, rng)
    if machine and machine.process:
        table = rng.choice(("public.run", "public.route"))
        copy = machine.process.copy
        world.commit(copy, {table: -copy.rows[table]})


@act(2)
def delete_as_planned(world: World, rng: random.Random) -> None:
    """A permit announces a deletion beyond the share, and it is carried out at once."""
    machine = running(world, rng)
    if machine and machine.process and machine.cached is None:
        copy = machine.process.copy
        if copy is world.right and not machine.process.must_judge and world.lives[copy.life].floors:
            rows = rng.randint(0, copy.rows["public.run"])
            world.plan(copy, "public.run", rows)
            world.commit(copy, {"public.run": -rows})


@act(8)
def wait(world: World, rng: random.Random) -> None:
    pass_time(world, rng.choice((1, 10, 49, 50, 120, 400)))


@act(2)
def pass_a_night(world: World, rng: random.Random) -> None:
    pass_time(world, 8 * 3_600 + rng.randint(0, 49))


@act(4)
def start(world: World, rng: random.Random) -> None:
    world.open(a_machine(world, rng))


@act(2)
def start_often(world: World, rng: random.Random) -> None:
    """A deployment: many processes start at once, and each appends its mark."""
    machine = a_machine(world, rng)
    for _ in range(rng.randint(5, 25)):
        world.open(machine)
        world.now_s += 0.01


@act(3)
def kill(world: World, rng: random.Random) -> None:
    a_machine(world, rng).process = None


@act(1)
def kill_before_telling(world: World, rng: random.Random) -> None:
    """A mark was committed, and the state never heard of it."""
    machine = running(world, rng)
    if machine and not machine.process.must_judge and machine.process.copy is machine.address:  # type: ignore[union-attr]
        world.append(machine, told=False)
        machine.process = None


@act(4)
def back_up(world: World, rng: random.Random) -> None:
    machine = running(world, rng)
    if machine and machine.process and machine.cached is None:
        world.beat(machine)
        process = machine.process
        if process is None or process.must_judge:
            return
        world.append(machine)
        if process.copy is world.right and not process.must_judge:
            world.back_up(process.copy)


@act(4)
def copy_bytes(world: World, rng: random.Random) -> None:
    """A snapshot, a volume's clone, a directory that somebody copied."""
    world.copy_of(rng.choice(world.copies))


@act(2)
def copy_an_older_moment(world: World, rng: random.Random) -> None:
    """An old snapshot comes up again."""
    source = rng.choice(world.copies)
    made = world.copy_of(source, source.log[: rng.randint(source.stamped, len(source.log))])
    if made.promoted_from and len(made.log) < len(made.promoted_from):
        made.timeline, made.promoted_from = made.log[-1].timeline, None


@act(2)
def reload_elsewhere(world: World, rng: random.Random) -> None:
    """Somebody loads a dump into another server by hand."""
    world.reload_elsewhere(rng.choice(world.copies))


@act(5)
def point_elsewhere(world: World, rng: random.Random) -> None:
    """The address leads somewhere else: a wrong volume, a wrong host, a wrong variable."""
    a_machine(world, rng).address = rng.choice(world.copies)


@act(5)
def point_back(world: World, rng: random.Random) -> None:
    machine = a_machine(world, rng)
    machine.address = world.right
    world.open(machine)


@act(3)
def add_replica(world: World, rng: random.Random) -> None:
    source = rng.choice((world.right, rng.choice(world.copies)))
    if source.following is None:
        made = world.copy_of(source)
        made.following = source


@act(4)
def replicate(world: World, rng: random.Random) -> None:
    """Replicas catch up, wholly or in part, while they can."""
    for copy in world.copies:
        source = copy.following
        if source and source.log[: len(copy.log)] == copy.log and rng.random() < 0.7:
            missing = len(source.log) - len(copy.log)
            copy.log = source.log[: len(copy.log) + rng.randint(0, missing)]
            copy.timeline, copy.promoted_from = source.timeline, source.promoted_from


@act(4)
def fail_over(world: World, rng: random.Random) -> None:
    """Promote a replica; the addresses may follow, and the old server may live on."""
    replicas = [one for one in world.copies if one.following]
    if not replicas:
        return
    chosen = rng.choice(replicas)
    chosen.following = None
    chosen.timeline += 1
    chosen.promoted_from = chosen.log
    if rng.random() < 0.7:
        for machine in world.machines:
            machine.address = chosen
            if rng.random() < 0.5:
                world.open(machine)


@act(3)
def restore(world: World, rng: random.Random) -> None:
    """Restore a backup and swap it in; it may be killed on the way, and taken back."""
    if not world.backups or with_store(world, rng) is None:
        return
    log, floors = rng.choice(world.backups)
    made = world.restored(log)
    world.announce(made, floors)
    end = rng.random()
    if end < 0.1:
        return  # killed: announced, not moved
    if end < 0.2:
        world.withdraw(made)
        return
    _put_in_place(world, made)
    if end > 0.3:
        world.arrive(made)


@act(2)
def undo(world: World, rng: random.Random) -> None:
    """Swap back to what a restore has put aside."""
    kept = [
        one
        for one in world.copies
        if one.life in world.lives and world.lives[one.life].status == "retired"
    ]
    if kept:
        back = rng.choice(kept)
        world.announce(back, {})
        _put_in_place(world, back)
        world.arrive(back)


@act(2)
def upgrade(world: World, rng: random.Random) -> None:
    """``pg_upgrade``: another cluster, a timeline that begins anew; accepted by a person."""
    machine = with_store(world, rng)
    if machine is None or machine.address.following is not None:
        return
    made = world.copy_of(machine.address)
    made.cluster, made.timeline, made.promoted_from = next(world.clusters), 1, None
    machine.address, machine.process = made, None
    if rng.random() < 0.7:
        world.accept(machine)
        world.open(machine)


@act(1)
def accept(world: World, rng: random.Random) -> None:
    machine = with_store(world, rng)
    if machine and machine.address.following is None:
        world.accept(machine)
        if rng.random() < 0.7:
            world.open(machine)


@act(3)
def lose_the_store(world: World, rng: random.Random) -> None:
    world.lose_store(a_machine(world, rng))


@act(3)
def find_the_store(world: World, rng: random.Random) -> None:
    world.find_store(a_machine(world, rng))


@act(1)
def set_a_clock(world: World, rng: random.Random) -> None:
    rng.choice(world.copies).clock_offset_s = rng.choice((-7_200.0, -30.0, 0.0, 3_600.0))


def _put_in_place(world: World, made: Copy) -> None:
    for machine in world.machines:
        machine.address = made
