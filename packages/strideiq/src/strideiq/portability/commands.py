"""The verbs ``export`` and ``import-account``."""

from __future__ import annotations

import os
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from strideiq.platform.errors import StrideiqError
from strideiq.platform.output import Output, pass_output

if TYPE_CHECKING:
    from strideiq.athletes.public import AthleteView
    from strideiq.platform.runtime import Runtime
    from strideiq.portability.archive import Manifest
    from strideiq.portability.bringing_in import BroughtIn


class ThereAlreadyError(StrideiqError):
    """There is a file of this name, and nothing is ever overwritten."""

    code = "there_already"


@click.command("export")
@click.option("--athlete", "email", required=True, help="Whose account.")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), help="The file; else one named by the day."
)
@pass_output
def export_account(output: Output, *, email: str, target: Path | None) -> None:
    r"""Write a whole account into one archive: originals, JSON, CSV, checksums, a README.

    \b
    Exit status: 0 written · 1 nobody has this address, or the file is there already · 2 usage ·
    10-17 not the expected database
    """
    from strideiq.platform.runtime import opened

    with opened(output.paths()) as runtime:
        athlete = _athlete(runtime, email)
        name = athlete.email.partition("@")[0].replace("/", "-")
        path = target or Path(f"strideiq-{name}-{datetime.now(UTC):%Y-%m-%d}.zip")
        manifest, size_bytes = _write(output, runtime, athlete, path)
    document = {
        "archive": str(path),
        "size_bytes": size_bytes,
        "rows": manifest.rows,
        "originals": len(manifest.originals),
        "tables": {one.name: one.digest.rows for one in manifest.tables},
    }
    line = (
        f"{path}: {manifest.rows:,} rows of {len(manifest.tables)} tables and "
        f"{len(manifest.originals):,} original files, {size_bytes / 1e6:.1f} MB."
    )
    output.result(document, [line, output.next_line(f"strideiq import-account {path}")])


@click.command("import-account")
@click.argument("archive", type=click.File("rb"))
@click.option("--athlete", "email", help="Into whose account; else the one that it was.")
@pass_output
def import_account(output: Output, archive: BinaryIO, email: str | None) -> None:
    r"""Bring an ARCHIVE in, and compare every table with it afterwards: all or nothing.

    Where nobody has the address, an account is made with a password that is shown once. What is
    there already and the same is left, so that a repetition changes nothing.

    \b
    Exit status: 0 in and equal · 4 the archive is damaged or newer · 5 the account holds other
    data · 1 any other error · 2 usage · 10-17 not the expected database
    """
    from strideiq.athletes import public as athletes
    from strideiq.platform.runtime import opened
    from strideiq.portability.archive import Reader
    from strideiq.portability.bringing_in import bring_in
    from strideiq.safety.public import note_change

    paths, progress = output.paths(), output.progress()
    manifest = Reader(archive).manifest
    password = None
    with opened(paths) as runtime, runtime.sessions.begin() as session:
        wanted = email or manifest.email
        athlete = athletes.find_by_email(session, wanted)
        if athlete is None:
            password = secrets.token_urlsafe(12)
            athlete = athletes.create(session, email=wanted, name=manifest.name, password=password)
        done = bring_in(
            session,
            athlete.athlete_id,
            archive,
            lambda table, rows, total: progress.amount(f"import.{table}", rows, total, "rows"),
        )
    note_change(paths.directory / "run")
    document = {"athlete": athlete.email, **done.as_dict()}
    if password is not None:
        document["password"] = password
    output.result(document, _lines(athlete, done, password))


@click.command("delete-account")
@click.argument("email")
@click.option("--confirm", "again", required=True, metavar="EMAIL", help="The address once more.")
@pass_output
def delete_account(output: Output, *, email: str, again: str) -> None:
    r"""Delete the account of EMAIL with everything in it, from the database at once.

    It goes through a permit and needs a proven backup. Backups from before keep what they hold
    until their retention removes them.

    \b
    Exit status: 0 deleted · 1 nobody has this address, or no backup is proven · 2 usage ·
    10-17 not the expected database · 30 the configuration lets no application confirm it
    """
    from strideiq.platform.runtime import opened
    from strideiq.portability import deletion
    from strideiq.safety.public import note_change

    paths = output.paths()
    with opened(paths) as runtime:
        athlete = _athlete(runtime, email)
        if again.strip().lower() != athlete.email:
            raise StrideiqError(
                f"{again} is not the same address. Nothing was deleted.",
                next_step=f"strideiq delete-account {athlete.email} --confirm {athlete.email}",
            )
        with runtime.sessions.begin() as session:
            gone = deletion.delete_account(runtime, session, athlete, confirmed_by="the operator")
    note_change(paths.directory / "run")
    document = {
        "deleted": gone.email,
        "rows": gone.rows,
        "tables": dict(gone.tables),
        "permit_id": gone.permit_id,
        "backup_id": gone.backup_id,
    }
    line = (
        f"{gone.email} is gone: {gone.rows:,} rows of {len(gone.tables)} tables. Backups from "
        "before are removed by their retention."
    )
    output.result(document, [line])


def _lines(athlete: AthleteView, done: BroughtIn, password: str | None) -> list[str]:
    equal = click.style("equal", fg="green", bold=True)
    first = (
        f"{equal}   all {done.rows:,} rows of {len(done.tables)} tables, {done.new:,} of them new, "
        f"compared with the archive of {done.email} ({done.exported_at})"
    )
    lines = [first]
    width = max(len(one.name) for one in done.tables)
    lines += [
        f"  {one.name:{width}}  {one.rows:>9,}  {one.sha256[:16]}"
        for one in done.tables
        if one.rows
    ]
    if password is not None:
        lines.append(f"Account {athlete.email}, password {password} (shown this once).")
    return lines


def _athlete(runtime: Runtime, email: str) -> AthleteView:
    from strideiq.athletes.public import find_by_email

    with runtime.sessions() as session:
        found = find_by_email(session, email)
    if found is None:
        raise StrideiqError(
            f"There is no athlete with the address {email}.", next_step="strideiq athlete list"
        )
    return found


def _write(
    output: Output, runtime: Runtime, athlete: AthleteView, path: Path
) -> tuple[Manifest, int]:
    """Write beside the name and give it the name last: a file of that name is a whole archive.

    What is written beside has a name that nobody else has: no other file is touched.
    """
    from strideiq.portability.archive import Reader
    from strideiq.portability.export import streamed

    progress = output.progress()
    if path.exists():
        raise ThereAlreadyError(
            f"There is a file {path} already.",
            next_step=f"strideiq export --athlete {athlete.email} --to ANOTHER.zip",
        )
    unfinished: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(".unfinished", f".{path.name}.", path.parent)
        unfinished = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            for content in streamed(
                runtime.sessions,
                athlete,
                lambda table, rows: progress.amount(f"export.{table}", rows, rows, "rows"),
            ):
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with unfinished.open("rb") as written:
            manifest = Reader(written).manifest
        os.link(unfinished, path)
        return manifest, path.stat().st_size
    except OSError as error:
        raise StrideiqError(
            f"{path} cannot be written: {error.strerror}.", next_step="strideiq export --to FILE"
        ) from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
