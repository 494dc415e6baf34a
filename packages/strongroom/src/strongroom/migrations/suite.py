"""The application's present queries, run on the migrated copy: old code meets the new schema."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from strongroom.postgres.roles import roles_of
from strongroom.server.supervisor import RunningServer

URL_VARIABLE = "STRONGROOM_REHEARSAL_URL"
LASTS_MAX_S = 1_800
LINES_SHOWN = 20


@dataclass(frozen=True)
class SuiteResult:
    """How the command ended, and its last lines."""

    command: tuple[str, ...]
    exit_code: int
    duration_s: float
    output: str

    @property
    def passed(self) -> bool:
        """Whether the present application gets on with the new schema."""
        return self.exit_code == 0


def run_suite(
    command: tuple[str, ...],
    server: RunningServer,
    database: str,
    application: str,
    directory: Path,
) -> SuiteResult:
    """Run a command that finds the copy by libpq's own variables, and by one of ours.

    It has the rights of the application's role, so that a missing grant is found too.
    """
    info = server.administrator(database)
    url = (
        f"postgresql://{info['user']}@/{database}?host={info['host']}&port={info['port']}"
        f"&options=-c%20role%3D{roles_of(application).application}"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
        "PGHOST": str(info["host"]),
        "PGPORT": str(info["port"]),
        "PGUSER": str(info["user"]),
        "PGDATABASE": database,
        "PGOPTIONS": f"-c role={roles_of(application).application}",
        URL_VARIABLE: url,
    }
    begun_s = time.monotonic()
    try:
        ended = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LASTS_MAX_S,
        )
        code, output = ended.returncode, ended.stdout
    except subprocess.TimeoutExpired as error:
        code, output = 124, error.stdout or b""
    except OSError as error:
        code, output = 127, str(error).encode()
    lines = output.decode(errors="replace").splitlines()[-LINES_SHOWN:]
    took_s = round(time.monotonic() - begun_s, 3)
    return SuiteResult(command, code, took_s, "\n".join(lines))
