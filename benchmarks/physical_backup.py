"""Physical backups, full and incremental, their restore and their drill, beside the rivals.

Fills a supervised database with mixed data, then lets each program take a full backup, one more
after one row in a hundred has changed, and bring the newest back, in turn and several times.
Ours holds more than the others': its log, compressed and encrypted, and a digest of every table;
its restore ends when every table was compared. Rivals are those that this machine has; pgBackRest
of Debian 12 knows servers up to PostgreSQL 15, so ``--major 15`` compares with it.

Targets: at least 1.2 times as fast as ``pg_basebackup | zstd -1 | age`` and 5 times as
``pg_dump | gzip``; an incremental one within 15 % of the full one's time and size; a drill within
twice the bare restore; at most 150 MB of memory.

    python benchmarks/physical_backup.py --size-mb 1000 --rounds 3 --major 15
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from rivals.measuring import Cost, measured, shell, size_of
from rivals.programs import Ours, PgBackRest, Piped, Program, missing, programs
from rivals.world import CHANGES, World, world

from strongroom.server.binaries import find_binaries
from strongroom.server.os_user import server_user

SUMMARIES_SINCE = 17
BARE = "pg_basebackup | zstd -1 | age"
Costs = dict[tuple[str, str], list[Cost]]
"""What each program's runs cost, by what was done and by its name."""


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size-mb", type=int, default=1000, help="table data, without indexes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--major", type=int, help="of PostgreSQL; by default the one found first")
    parser.add_argument("--directory", type=Path, help="where the home is made; default: TMPDIR")
    parser.add_argument("--only", default="", help="names of programs, by parts, with commas")
    arguments = parser.parse_args()
    if needed := [name for name in ("age", "age-keygen", "zstd") if not shutil.which(name)]:
        raise SystemExit(f"install {', '.join(needed)}: the pipe to compare with is made of them")
    if arguments.major:
        os.environ["PG_BIN"] = str(find_binaries(arguments.major).directory)
    with tempfile.TemporaryDirectory(dir=arguments.directory) as name:
        directory = Path(name)
        directory.chmod(0o711)
        with world(directory, arguments.size_mb) as prepared:
            base_mb = size_of(prepared.data / "base") / 1e6
            print(f"  PostgreSQL {prepared.major}; {base_mb:,.0f} MB of tables and indexes")
            print(f"  not compared with: {', '.join(missing(prepared)) or 'nobody; all are here'}")
            wanted = arguments.only.split(",")
            chosen = [one for one in programs(prepared) if any(word in one.name for word in wanted)]
            costs: Costs = defaultdict(list)
            for _ in range(arguments.rounds):
                one_round(prepared, chosen, costs)
            report(costs, base_mb)


def one_round(prepared: World, chosen: list[Program], costs: Costs) -> None:
    """Let each program back up, back up again after each kind of change, and restore."""
    for program in chosen:
        full = measured(partial(program.backup, full=True))
        costs["full", program.name].append(with_size(full, size_of(program.stored)))
    followers = [one for one in chosen if one.incremental and can_follow(one, prepared)]
    for how in CHANGES:
        prepared.change(how)
        for program in followers:
            before = size_of(program.stored)
            cost = measured(partial(program.backup, full=False))
            costs[f"after {how}", program.name].append(
                with_size(cost, size_of(program.stored) - before)
            )
    for program in chosen:
        if not isinstance(program, Piped) or program.back:
            costs["restore", program.name].append(restored(prepared, program))
    for drilled in [one for one in chosen if isinstance(one, Ours)]:
        costs["drill", drilled.name].append(measured(partial(proven, drilled)))
    for program in chosen:
        if not isinstance(program, PgBackRest):  # it removes what it no longer keeps by itself
            shutil.rmtree(program.stored, ignore_errors=True)


def can_follow(program: Program, prepared: World) -> bool:
    """Ours builds on an earlier backup by the server's own summaries, from PostgreSQL 17."""
    return not isinstance(program, Ours) or prepared.major >= SUMMARIES_SINCE


def restored(prepared: World, program: Program) -> Cost:
    """Bring the newest backup back; the bare one is started too, as a person would."""
    target = prepared.place("target")

    def bring_back() -> None:
        program.restore(target)
        if program.name == BARE:
            started(prepared, target)

    cost = measured(bring_back)
    shutil.rmtree(target)
    shutil.rmtree(prepared.directory / "restored", ignore_errors=True)
    return cost


def started(prepared: World, target: Path) -> None:
    """Start the server on what was brought back, until it is consistent, and stop it."""
    user = server_user()
    user.own(target)
    shell(["chown", "-R", f"{user.uid}:{user.gid}", str(target)])
    sockets = f"-c listen_addresses= -c unix_socket_directories={target} -c archive_mode=off"
    control = [str(prepared.tool("pg_ctl")), "-D", str(target), "-w", "-s", "-l", "/dev/null"]
    environment = {"PGHOST": str(target)}
    shell([*control, "-o", sockets, "start"], env=environment, cwd="/", **user.spawn_options())
    shell([*control, "stop"], env=environment, cwd="/", **user.spawn_options())


def proven(ours: Ours) -> None:
    """Drill the newest backup, print the parts, and refuse to time one that proved nothing."""
    record = json.loads(ours.drill())
    parts = ", ".join(f"{name} {part_s:.1f}" for name, part_s in record["parts_s"].items())
    print(f"  drill {record['verdict']}: {parts} (s)", flush=True)
    if record["verdict"] != "proven":
        raise SystemExit("the drill proved nothing")


def with_size(cost: Cost, size_bytes: int) -> Cost:
    """Note how much was stored."""
    return Cost(cost.taken_s, cost.cpu_s, cost.peak_mb, size_bytes / 1e6)


def report(costs: Costs, data_mb: float) -> None:
    """Print the medians, and ours as a ratio to each rival's."""
    for what in dict.fromkeys(done for done, _ in costs):
        print(
            f"\n  {what:24} {'time':>9} {'range':>15} {'MB/s':>6} {'CPU':>8} {'memory':>8} stored"
        )
        for name, runs in ((name, runs) for (done, name), runs in costs.items() if done == what):
            times_s = [one.taken_s for one in runs]
            print(
                f"  {name:30} {statistics.median(times_s):7.2f} s "
                f"{min(times_s):6.2f}-{max(times_s):<7.2f} "
                f"{data_mb / statistics.median(times_s):6.0f} "
                f"{middle(runs, lambda one: one.cpu_s):6.1f} s "
                f"{middle(runs, lambda one: one.peak_mb):5.0f} MB "
                f"{middle(runs, lambda one: one.stored_mb):6,.0f} MB"
            )
    print()
    for line in ratios(costs):
        print(f"  {line}")


def ratios(costs: Costs) -> Iterator[str]:
    """Say how we stand to each rival in each thing, and to ourselves."""
    medians = {key: statistics.median(one.taken_s for one in runs) for key, runs in costs.items()}
    for (what, name), taken_s in medians.items():
        ours_s = medians.get((what, "strongroom"))
        if name != "strongroom" and ours_s:
            yield f"{what}: {taken_s / ours_s:.2f} times as fast as {name}"
    full_s = medians.get(("full", "strongroom"))
    for how in CHANGES:
        follower = costs.get((f"after {how}", "strongroom"))
        if follower and full_s:
            full_mb = middle(costs["full", "strongroom"], lambda one: one.stored_mb)
            size = f"{middle(follower, lambda one: one.stored_mb) / full_mb:.0%} of its size"
            share = medians[f"after {how}", "strongroom"] / full_s
            yield f"after {how}: {share:.0%} of the full one's time, {size} (target: 15 %)"
    if ("drill", "strongroom") in medians and ("restore", BARE) in medians:
        ratio = medians["drill", "strongroom"] / medians["restore", BARE]
        yield f"drill: {ratio:.2f} of the bare restore with a start (target: at most 2)"


def middle(runs: list[Cost], of: Callable[[Cost], float]) -> float:
    """The median of one figure."""
    return statistics.median(of(one) for one in runs)


if __name__ == "__main__":
    main()
