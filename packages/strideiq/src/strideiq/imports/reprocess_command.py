"""``strideiq reprocess``: originals read again, and what follows from them derived anew."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from strideiq.platform.output import Output, pass_output

if TYPE_CHECKING:
    from uuid import UUID

    from strideiq.athletes.public import AthleteView
    from strideiq.imports.public import Reprocessed
    from strideiq.platform.runtime import Runtime

NOT_READ_EXIT_CODE = 3
BATCH = 100
"""Activities that are derived anew in one transaction."""


@click.command("reprocess")
@click.option("--athlete", "email", help="Only this athlete's; everybody's without it.")
@click.option("--all", "everything", is_flag=True, help="Also what is up to date already.")
@pass_output
def reprocess(output: Output, email: str | None, everything: bool) -> None:  # noqa: FBT001  an option
    r"""Read original files again that an older parser read, and derive what follows anew.

    What athletes said of their activities is not touched, and nothing becomes fewer. A run that
    is stopped or killed goes on with what is left when it is called again.

    \b
    Exit codes: 0 everything is up to date
                3 at least one file could not be read this time; it stays as it was read before
                1 any other error, 2 wrong usage, 10-17 not the expected database
    """
    from strideiq.platform.runtime import opened
    from strideiq.safety.public import note_change

    environment = output.paths()
    files: list[Reprocessed] = []
    derived: Counter[str] = Counter()
    with opened(environment) as runtime:
        for athlete in _athletes(runtime, email):
            files += _files(runtime, athlete, everything=everything)
            derived.update(_derived(runtime, athlete, everything=everything))
    if any(each.outcome in {"changed", "found more"} for each in files):
        note_change(environment.directory / "run")
    outcomes: Counter[str] = Counter(each.outcome for each in files)
    document = {
        "files": [each.as_dict() for each in files if each.outcome != "same"],
        "counts": dict(outcomes),
        "derived": dict(derived),
    }
    output.result(document, _lines(files, outcomes, derived))
    if outcomes["not read"]:
        click.get_current_context().exit(NOT_READ_EXIT_CODE)


def _athletes(runtime: Runtime, email: str | None) -> Sequence[AthleteView]:
    from strideiq.athletes.public import all_athletes
    from strideiq.platform.errors import NotFoundError

    with runtime.sessions() as session:
        everybody = all_athletes(session)
    if email is None:
        return everybody
    chosen = [each for each in everybody if each.email == email.strip().casefold()]
    if not chosen:
        raise NotFoundError(
            f"There is no athlete with the address {email}.", next_step="strideiq athlete list"
        )
    return chosen


def _files(runtime: Runtime, athlete: AthleteView, *, everything: bool) -> Iterator[Reprocessed]:
    from zoneinfo import ZoneInfo

    from strideiq.imports.public import ParserPool, Reprocessor

    with ParserPool(os.cpu_count() or 1) as pool:
        zone = ZoneInfo(athlete.time_zone)
        reprocessor = Reprocessor(runtime.sessions, athlete.athlete_id, zone, pool)
        waiting = reprocessor.waiting(everything=everything)
        with _bar(f"Reading again ({athlete.name})", len(waiting)) as bar:
            for each in reprocessor.reprocess(waiting):
                bar.update(1)
                yield each


def _derived(runtime: Runtime, athlete: AthleteView, *, everything: bool) -> Iterator[str]:
    """Names of derivations, each as often as an activity was derived anew."""
    from strideiq.activities.public import derivations, every_activity

    for derivation in derivations():
        which = every_activity if everything else derivation.stale
        with runtime.sessions() as session:
            waiting: Sequence[UUID] = which(session, athlete.athlete_id)
        with _bar(f"Deriving {derivation.name} ({athlete.name})", len(waiting)) as bar:
            for begin in range(0, len(waiting), BATCH):
                batch = waiting[begin : begin + BATCH]
                with runtime.sessions.begin() as session:
                    derivation.recompute(session, athlete.athlete_id, batch)
                bar.update(len(batch))
                yield from [derivation.name] * len(batch)


def _bar(label: str, length: int) -> click._termui_impl.ProgressBar[int]:
    return click.progressbar(
        length=length,
        label=label,
        show_pos=True,
        file=sys.stderr,
        hidden=not length or not sys.stderr.isatty(),
    )


def _lines(
    files: Sequence[Reprocessed], outcomes: Counter[str], derived: Counter[str]
) -> list[str]:
    lines = [f"not read  {each.file}  {each.reason}" for each in files if each.reason]
    said = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
    lines.append(f"Files read again: {len(files)}{f' ({said})' if said else ''}.")
    lines += [f"Derived anew: {name} of {count} activities." for name, count in derived.items()]
    return lines if files or derived else ["Everything is up to date."]
