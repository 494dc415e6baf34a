"""Fuzz one parser, guided by coverage: nothing may crash it, stall it or fill the memory.

    python tests/fuzzing/fuzz.py shell -max_total_time=600

What follows the target goes to libFuzzer. A run that ends by itself has found nothing; else it
prints what broke it and leaves the input as a file. ``make fuzz`` runs every target. Everything
else that holds for these parsers is in their own tests; this looks for what nobody thought of.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["strongroom.command_guard"]):
    from strongroom.command_guard import GuardSettings, judge
    from strongroom.command_guard.judges.sql import losses
with atheris.instrument_imports(include=["strongroom.audit.compose"]):
    from strongroom.audit.compose import Question, resolve
with atheris.instrument_imports(include=["strongroom.discovery"]):
    from strongroom.discovery.control import parse_control

from strongroom.errors import StrongroomError

Target = Callable[[bytes], None]
DECISIONS = {"allow", "needs_backup", "needs_human"}
STUMBLED = re.compile(r"could not be judged \((?!.* )\w+\)")
"""The guard refuses where its own code fails; here that failure is what is looked for."""
NOWHERE = Path(tempfile.mkdtemp(prefix="fuzz-"))


def shell(data: bytes) -> None:
    """A command line is judged, whatever it is."""
    text = data.decode("utf-8", errors="surrogateescape")
    decision = judge(text, NOWHERE, settings=GuardSettings(), acting=False)
    if decision.decision not in DECISIONS or any(map(STUMBLED.search, decision.reasons)):
        raise AssertionError((text, decision))


def sql(data: bytes) -> None:
    """A script is read statement by statement, or said to be opaque."""
    losses(data.decode("utf-8", errors="replace"))


def compose(data: bytes) -> None:
    """A compose file is resolved, or refused with a reason."""
    (NOWHERE / "compose.yaml").write_bytes(data)
    for strict in (True, False):
        try:
            resolve(Question(here=NOWHERE, environment={"A": "x"}, strict=strict))
        except StrongroomError as error:
            if not (error.message and error.next_step):
                raise AssertionError(error) from error


def control(data: bytes) -> None:
    """A control file tells what it can, or is refused with a reason."""
    try:
        parse_control(data)
    except StrongroomError:
        return


TARGETS: dict[str, Target] = {"shell": shell, "sql": sql, "compose": compose, "control": control}
SEEDS: dict[str, tuple[bytes, ...]] = {
    "shell": (
        b"docker compose down -v",
        b"sudo env A=1 bash -c 'for x in a b; do rm -rf /var/lib/$x; done' | tee log",
        b"psql <<EOF\nDROP TABLE x;\nEOF",
        b"find . -name '*.sql' -exec psql -f {} \\; || eval \"$(base64 -d <<< cm0=)\"",
    ),
    "sql": (
        b"WITH a AS (DELETE FROM b RETURNING *) SELECT * FROM a; EXPLAIN ANALYZE DELETE FROM c",
        b"\\c other\nTRUNCATE a, b CASCADE;\n\\i x.sql\nDO $$ BEGIN DROP TABLE a; END $$",
    ),
    "compose": (
        b"services: {db: {image: 'postgres:17', volumes: ['a:/var/lib/postgresql/data']}}",
        b"name: ${A:-x}\nx-a: &a {image: b}\nservices:\n  c: {<<: *a, extends: {service: d}}\n",
    ),
    "control": (bytes(8192), bytes(range(256)) * 32),
}


def main() -> None:
    """Run the target that the first argument names."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"name one of: {', '.join(TARGETS)}")
    name = sys.argv.pop(1)
    seeds = NOWHERE / "seeds"
    seeds.mkdir()
    for number, data in enumerate(SEEDS[name]):
        (seeds / str(number)).write_bytes(data)
    limits = ["-timeout=30", "-rss_limit_mb=2048", "-max_len=16384"]
    atheris.Setup([sys.argv[0], *limits, *sys.argv[1:], str(seeds)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
