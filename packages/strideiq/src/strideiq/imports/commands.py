"""The verbs ``import``, with a verdict for each file, and ``worker``, for files that wait."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strideiq.platform.errors import StrideiqError
from strideiq.platform.output import Output, pass_output

if TYPE_CHECKING:
    from strideiq.athletes.public import AthleteView
    from strideiq.imports.public import FileVerdict, Verdict
    from strideiq.platform.runtime import Runtime

FILES_FAILED_EXIT_CODE = 3
_COLOURS: Mapping[Verdict, str | None] = {
    "imported": "green",
    "partial": "yellow",
    "duplicate": None,
    "failed": "red",
}


class WhichAthleteError(StrideiqError):
    """Nobody, or more than one athlete, could be meant."""

    code = "which_athlete"


@click.command("import")
@click.argument("named", nargs=-1, required=True, metavar="PATH…")
@click.option("--athlete", "email", help="Whose files they are; needed where there are several.")
@click.option("--jsonl", is_flag=True, help="Print each verdict as a line of JSON when it is made.")
@pass_output
def import_files(output: Output, named: tuple[str, ...], email: str | None, jsonl: bool) -> None:  # noqa: FBT001  an option
    r"""Import FIT, GPX and TCX files, packed by gzip or not, folders and zip archives of them.

    Exports of Strava and Garmin may stay packed: their names come with the activities.

    Every file gets a verdict: imported; partial (damaged, with the number of records that could
    be salvaged); duplicate (the same run is here already); failed (with the reason). Nothing is
    imported twice, and one bad file never stops the others.

    \b
    Exit codes: 0 every file was imported, partial or a duplicate
                3 at least one file failed
                1 any other error, 2 wrong usage, 10-17 not the expected database
    """
    from strideiq.platform.runtime import opened
    from strideiq.safety.public import note_change

    if "" in named:  # as a path it would mean all that lies here
        raise click.BadParameter("It is empty.", param_hint="PATH…")
    paths = [Path(each) for each in named]
    environment = output.paths()
    verdicts = []
    with opened(environment) as runtime:
        athlete = _athlete(runtime, email)
        for verdict in _with_progress(_verdicts(runtime, athlete, paths)):
            if jsonl:
                click.echo(json.dumps(verdict.as_dict(), ensure_ascii=False))
            verdicts.append(verdict)
        if any(each.verdict in {"imported", "partial"} for each in verdicts):
            note_change(environment.directory / "run")
    counts: Counter[Verdict] = Counter(each.verdict for each in verdicts)
    if not jsonl:
        document = {"files": [each.as_dict() for each in verdicts], "counts": dict(counts)}
        lines = [_line(each, athlete.time_zone) for each in verdicts]
        output.result(document, [*lines, _summary(counts)])
    if counts["failed"]:
        click.get_current_context().exit(FILES_FAILED_EXIT_CODE)


def _athlete(runtime: Runtime, email: str | None) -> AthleteView:
    from strideiq.athletes.public import all_athletes, find_by_email

    with runtime.sessions() as session:
        if email is not None:
            if (found := find_by_email(session, email)) is not None:
                return found
            raise WhichAthleteError(
                f"There is no athlete with the address {email}.", next_step="strideiq athlete list"
            )
        everybody = all_athletes(session)
    if len(everybody) == 1:
        return everybody[0]
    if not everybody:
        raise WhichAthleteError(
            "There is no athlete yet whose files these could be.",
            next_step="strideiq athlete add EMAIL, or sign up on the page that strideiq up shows",
        )
    raise WhichAthleteError(
        f"There are {len(everybody)} athletes; say whose files these are.",
        next_step=f"strideiq import --athlete {everybody[0].email} …",
    )


def _verdicts(
    runtime: Runtime, athlete: AthleteView, paths: Sequence[Path]
) -> tuple[Iterator[FileVerdict], int]:
    """The verdicts as they are made, and how many there will be."""
    from zoneinfo import ZoneInfo

    from strideiq.imports.public import Importer, ParserPool, files_under

    files = list(files_under(paths))

    def made() -> Iterator[FileVerdict]:
        with ParserPool(min(os.cpu_count() or 1, len(files) or 1)) as pool:
            importer = Importer(
                runtime.sessions, athlete.athlete_id, ZoneInfo(athlete.time_zone), pool
            )
            yield from importer.import_files(files)

    return made(), len(files)


def _with_progress(made: tuple[Iterator[FileVerdict], int]) -> Iterator[FileVerdict]:
    """A bar on standard error, where somebody looks at it."""
    verdicts, total = made
    with click.progressbar(
        verdicts,
        length=total,
        label="Importing",
        show_pos=True,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        yield from bar


def _line(verdict: FileVerdict, own_zone: str) -> str:
    word = click.style(f"{verdict.verdict:<9}", fg=_COLOURS[verdict.verdict])
    what = ", ".join(
        f"{each.sport} {each.local_start(own_zone):%Y-%m-%d %H:%M}"
        + (f" {each.distance_m / 1000:.2f} km" if each.distance_m else "")
        for each in verdict.activities
    )
    return f"{word} {'  '.join(filter(None, [verdict.file, what, verdict.reason]))}"


def _summary(counts: Mapping[Verdict, int]) -> str:
    if not counts:
        return "There was no file."
    total = sum(counts.values())
    said = ", ".join(f"{counts[word]} {word}" for word in _COLOURS if counts.get(word))
    return f"{total} {'file' if total == 1 else 'files'}: {said}."


@click.command("worker")
@click.option("--until-closed", is_flag=True, hidden=True, help="End with whoever started it.")
@pass_output
def worker(output: Output, *, until_closed: bool) -> None:
    r"""Read the files that wait to be imported, and those of the watched folder, until Ctrl-C.

    strideiq up starts one by itself; more may run beside it, on other machines too. A worker can
    be killed at any moment: its file is read again, and nothing is imported twice.

    \b
    Exit status: 0 stopped · 1 error · 2 usage · 10-17 refused (as strongroom check)
    """
    from strideiq.imports.public import ParserPool, WatchedFolder, Work, Worker, companions
    from strideiq.platform.runtime import opened
    from strideiq.safety.public import note_change

    paths = output.paths()

    def changed() -> None:
        note_change(paths.directory / "run")

    with opened(paths) as runtime, ParserPool(os.cpu_count() or 1) as pool:
        work = Worker(runtime.engine, runtime.sessions, pool, changed=changed)
        _stop_by(work.stopping, until_closed=until_closed)
        beside = [
            threading.Thread(target=each, args=(Work(runtime, pool, work.stopping, changed),))
            for each in companions()
        ]
        for thread in beside:
            thread.start()
        folder = runtime.settings.watched_folder
        if folder is not None:
            watched = WatchedFolder(folder, runtime.sessions)
            threading.Thread(target=watched.run, args=(work.stopping,), daemon=True).start()
        output.note("Reading what waits; Ctrl-C stops it.")
        work.run()
        for thread in beside:
            thread.join()
    output.note("Stopped.")


def _stop_by(stopping: threading.Event, *, until_closed: bool) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    if until_closed:

        def wait() -> None:
            os.read(sys.stdin.fileno(), 1)
            stopping.set()

        threading.Thread(target=wait, daemon=True).start()
