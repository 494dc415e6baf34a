"""A masked refresh with its proof, against the bare restore of the same backup.

Two tables: accounts with eight personal columns of every kind, and messages that refer to them
by the masked address. The bare restore is what any refresh has to do first: load the backup into
a scratch server and compare it. Peak memory is this process's own.

    python benchmarks/refresh.py --rows 1000000
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import strongroom
from strongroom.postgres.connections import connect_as_configured as connect

SCHEMA = """
CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(120) NOT NULL UNIQUE,
    name text NOT NULL, phone text, strava_id bigint UNIQUE, born date, external uuid,
    note text, level smallint NOT NULL DEFAULT 1);
CREATE TABLE message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sender varchar(120) NOT NULL REFERENCES account (email), body text, sent_at timestamptz);
"""
FILL = """
INSERT INTO account (email, name, phone, strava_id, born, external, note)
SELECT format('runner.%s@mailbox.example', n), format('Original Person %s', n),
       format('+43660%s', 1000000 + n), 7000000000 + n, date '1950-01-01' + n % 20000,
       md5(n::text)::uuid, 'met at the ' || md5((n % 1000)::text) || ' race'
  FROM generate_series(1, {accounts}) AS n;
INSERT INTO message (sender, body, sent_at)
SELECT email, 'a secret of ' || name, now() FROM account WHERE id <= {messages};
"""
RULES = """
format = 1
[columns."public.account"]
email = "email"
name = "name"
phone = "phone"
strava_id = "pseudonym"
born = { rule = "shift", days = 90, by = "id" }
external = "pseudonym"
note = "null"
[columns."public.message"]
body = "pseudonym"
"""


class Parts:
    """The seconds between the steps that work reports."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = [("begun", time.perf_counter())]

    def step(self, name: str) -> None:
        """Note when a step was finished."""
        self.steps.append((name, time.perf_counter()))

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Ignore amounts."""

    def between(self, begun: str, ended: str) -> float:
        """Seconds from the end of one step to the end of another."""
        at = dict(self.steps)
        return at[ended] - at[begun]


def configured(home: Path, environment: str) -> strongroom.Configuration:
    """Describe one environment."""
    home.mkdir()
    path = home / "strongroom.toml"
    document = strongroom.default_document(
        application="bench", environment=environment, database="bench"
    )
    path.write_text(document, encoding="utf-8")
    return strongroom.load_configuration(path)


def fill(production: strongroom.Configuration, rows: int) -> None:
    """Make production, with ``rows`` rows, and a backup of it."""
    strongroom.init(production)
    with strongroom.open_database(production) as database:
        with connect(database.conninfo("migrator"), autocommit=True) as connection:
            connection.execute("SET ROLE bench_owner")
            connection.execute(SCHEMA)
            accounts = rows // 2
            connection.execute(FILL.format(accounts=accounts, messages=rows - accounts).encode())
        strongroom.backup(production)


def main() -> None:
    """Fill, refresh, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=int(os.environ.get("ROWS", "1000000")))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        production = configured(Path(directory) / "production", "production")
        staging = configured(Path(directory) / "staging", "staging")
        fill(production, arguments.rows)
        (production.directory / "masking.toml").write_text(RULES, encoding="utf-8")
        parts = Parts()
        done = strongroom.refresh_environment(production, staging, progress=parts)
        report(done, parts)


def report(done: strongroom.Refreshed, parts: Parts) -> None:
    """Print rows, seconds of each part, and what the proof covered."""
    rows = sum(done.rows.values())
    copied_s = parts.between("refresh.tables_made", "refresh.rows_copied")
    restored_s = parts.between("refresh.source_started", "reload.compared")
    searched_s = parts.between("refresh.schema_finished", "refresh.searched")
    whole_s = parts.steps[-1][1] - parts.steps[0][1]
    ratio = whole_s / restored_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {rows:,} rows masked and proven in {whole_s:.1f} s; peak memory {peak_mb:.0f} MB")
    print(f"  bare restore, compared {restored_s:.1f} s; the whole is {ratio:.2f} of it")
    print(f"  masked and copied {copied_s:.1f} s ({rows / copied_s:,.0f} rows a second)")
    print(
        f"  searched {searched_s:.1f} s for {done.proof.values:,} values in "
        f"{done.proof.searched_bytes / 1e6:,.0f} MB; none left, "
        f"{done.proof.by_chance} within pseudonyms by chance"
    )


if __name__ == "__main__":
    main()
