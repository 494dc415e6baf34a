"""The command line: one file per verb, loaded only when it is used.

The table below is what ``strongroom --help`` shows; no verb's module is imported for it, so
that help stays quick. A verb's module exports its click command as ``command``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

VERBS = {
    "init": "Make a new, pinned database.",
    "adopt": "Pin a database that exists already.",
    "check": "Say whether this is the expected database.",
    "accept": "Accept a refused database as the right one (a person decides).",
    "status": "Show database, backups and proofs in one look.",
    "backup": "Take an encrypted backup with counts and digests.",
    "backups": "List the backups.",
    "copy": "Bring the copies of the backups in other stores up to date.",
    "drill": "Restore a backup into a scratch server and compare it.",
    "prune": "Remove the backups that retention lets go.",
    "fsck": "Check the store: gaps, damage, and what is left over.",
    "watch": "Back up, drill and tell on time.",
    "schedule": "Have another scheduler keep the schedule.",
    "metrics": "Print metrics for Prometheus.",
    "wal": "Store the log as it is written, and see how far it is.",
    "restore": "Bring a backup back, beside what is there.",
    "undo": "Take a swap back.",
    "find": "Find data that seems lost: in volumes, directories, servers and backups.",
    "freeze": "First aid: stop the server, copy its files aside, let nobody in.",
    "refresh": "Give another environment a masked copy.",
    "protect": "Put guards into the database that refuse what would lose data.",
    "permit": "Ask for, grant and use a single-use approval of one effect.",
    "migrate": "Migrate the schema: rehearsed on a copy, with a proven backup behind it.",
    "migrations": "Judge migrations before they run.",
    "guard": "Judge shell commands before they run: what could they lose?",
    "audit": "Find settings, code and scripts that can lose data.",
    "compose": "Call Compose, but start nothing on a database that the pin does not know.",
    "leaks": "Find rows that tests left in the database.",
    "key": "Save the backup key elsewhere, and prove the copy.",
    "state": "Show what is known of the database from outside, or make it again.",
    "report": "Write the report of an incident from the record.",
    "ledger": "Show or verify the record of every act.",
}

EXIT_CODES = """\
\b
Exit status:
   0  fine
   1  any error without a number of its own
   2  wrong usage
  10  unpinned           14  clone
  11  empty              15  rolled_back
  12  foreign            16  shrunk
  13  wrong_environment  17  unreachable
  20  a drill failed     21  a drill was inconclusive
  22  a migration was found dangerous, or cannot be judged
  23  the store is damaged
  24  a search has found nothing
  25  the audit found something
  26  no hook is installed that could guard
  30  refused without a permit or a person's confirmation
 130  stopped by Ctrl-C"""


class Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the verbs in the order of the table."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module."""
        del ctx
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"strongroom.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of verbs without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=Verbs,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config", type=click.Path(path_type=Path), help="A strongroom.toml, or its directory."
)
@click.option("--environment", help="Which environment's configuration, where there are several.")
@click.option("--database", help="Which database, where the configuration has several.")
@click.option("--json", "as_json", is_flag=True, hidden=True)
@click.version_option(package_name="strongroom")
@click.pass_context
def strongroom(
    ctx: click.Context,
    config: Path | None,
    environment: str | None,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """Keep a PostgreSQL database safe: pinned, backed up, proven, brought back."""
    ctx.obj = {"config": config, "environment": environment, "database": database}
    ctx.obj["as_json"] = as_json


def main() -> None:
    """Run the command line; wrong usage is told as JSON too where ``--json`` was asked for."""
    try:
        code = strongroom.main(prog_name="strongroom", standalone_mode=False)
    except click.ClickException as error:
        if "--json" in sys.argv:
            from strongroom.cli.output import usage_document

            click.echo(usage_document(error))
        else:
            error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
