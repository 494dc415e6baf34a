"""``strongroom status``: whose database this is, and how old its newest backup and proof are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from strongroom.backups import Manifest, Rule, fates_of, listed, rule_of
from strongroom.cli.judgement import judgement_lines
from strongroom.cli.output import Output, next_line, pass_output
from strongroom.cli.quantities import age_text, count_text, duration_text, plural, size_text
from strongroom.config import Configuration
from strongroom.drills import DrillRecord, as_verdicts, deciding_drills, latest_proof
from strongroom.identity import check
from strongroom.protection import protection_warnings
from strongroom.server import Supervisor
from strongroom.server.cluster import ADMINISTRATOR


@dataclass(frozen=True)
class Age:
    """How old the newest backup or proof is, against its limit."""

    what: str
    at: datetime | None
    limit_s: int
    detail: str
    mend: str
    """The command that makes a new one."""
    failed: bool = False
    """A drill has found it not to be what it should."""

    def good(self, now: datetime) -> bool:
        """Whether there is one, it is young enough, and no drill has refuted it."""
        young = self.at is not None and (now - self.at).total_seconds() <= self.limit_s
        return young and not self.failed

    def as_dict(self, now: datetime) -> dict[str, object]:
        """The age as documented for ``--json``."""
        return {"at": self.at, "limit_s": self.limit_s, "good": self.good(now)}


@click.command("status")
@pass_output
def command(output: Output) -> None:
    """Show database, backups and proofs in one look; the exit status is that of check."""
    configuration, now = output.configuration(), datetime.now(UTC)
    judgement = check(configuration, inspect=protection_warnings, progress=output.progress())
    judged = output.judgement(judgement.as_dict())
    backups, decided = listed(configuration), deciding_drills(configuration)
    ages = (_backup(configuration, backups, decided), _proof(configuration))
    space = _space(configuration, backups, decided)
    server, rule = _server(configuration), rule_of(configuration)
    old = [age for age in ages if not age.good(now)]
    following = judged["next"] or (output.addressed(old[0].mend) if old else "")
    document = {
        **judged,
        **{age.what: age.as_dict(now) for age in ages},
        "space": space,
        "server": server,
        "three_two_one": rule.as_dict(),
        "next": following,
    }
    lines = [f"{configuration.application}, environment {configuration.environment}", ""]
    lines += judgement_lines({**judged, "next": ""})
    lines += ["", *(_line(age, now) for age in ages), f"  space   {_space_told(space)}"]
    lines += [_rule_line(rule), f"  server  {_told(server)}"]
    output.result(document, [*lines, "", next_line(following)] if following else lines)
    if not judgement.matches:
        output.exit(judgement.verdict.exit_code)


def _backup(
    configuration: Configuration, backups: Sequence[Manifest], decided: Mapping[str, DrillRecord]
) -> Age:
    newest = next(iter(backups), None)
    drill = decided.get(newest.backup_id) if newest else None
    failed = drill is not None and drill.verdict == "failed"
    return Age(
        "backup",
        newest.started_at if newest else None,
        configuration.policy.backup_age_max_s,
        f"{newest.backup_id}, {count_text(newest.rows)} rows" if newest else "",
        "strongroom backup",
        failed=failed,
    )


def _proof(configuration: Configuration) -> Age:
    proof = latest_proof(configuration)
    return Age(
        "proof",
        proof.at if proof else None,
        configuration.policy.proof_age_max_s,
        f"{proof.backup_id}, restored in {duration_text(proof.duration_s)}" if proof else "",
        "strongroom drill",
    )


def _space(
    configuration: Configuration, backups: Sequence[Manifest], decided: Mapping[str, DrillRecord]
) -> dict[str, int]:
    """What the backups take, and what ``prune`` would give back unless it is frozen."""
    fates = fates_of(configuration, backups, as_verdicts(decided))
    going = {fate.backup.backup_id for fate in fates if not fate.kept}
    return {
        "backups": len(backups),
        "used_bytes": sum(one.size_bytes for one in backups),
        "expired": len(going),
        "expired_bytes": sum(one.size_bytes for one in backups if one.backup_id in going),
    }


def _space_told(space: Mapping[str, int]) -> str:
    told = f"{plural(space['backups'], 'backup')}, {size_text(space['used_bytes'])}"
    if not space["expired"]:
        return told
    freed = size_text(space["expired_bytes"])
    return f"{told}; strongroom prune would remove {space['expired']}, {freed}"


def _rule_line(rule: Rule) -> str:
    """How the 3-2-1 rule is kept: copies, media, off site."""
    mark = click.style("●", fg="green") if rule.good else click.style("▲", fg="yellow")
    counted = f"{rule.copies} copies, {rule.media} media, {rule.off_site} off site"
    return f"{mark} 3-2-1   {'; '.join([counted, *rule.findings])}"


def _server(configuration: Configuration) -> dict[str, object]:
    """The server as documented for ``--json``; ``psql`` leads to it as its administrator."""
    if configuration.server is None:
        return {"state": "run by others"}
    status = Supervisor(configuration.server).status()
    if status.process_id is None:
        return {"state": "at rest"}
    psql = f"psql -h {status.socket_directory} -U {ADMINISTRATOR} {configuration.database}"
    return {
        "state": "running",
        "process_id": status.process_id,
        "users": len(status.holders),
        "psql": psql,
    }


def _told(server: dict[str, object]) -> str:
    if server["state"] != "running":
        return str(server["state"])
    process, users = server["process_id"], server["users"]
    return f"running (process {process}), used by {users}; {server['psql']}"


def _line(age: Age, now: datetime) -> str:
    if age.failed:
        why = click.style("failed its drill", fg="red", bold=True)
        return f"{click.style('✗', fg='red')} {age.what:6}  {why}: {age.detail}"
    colour = "green" if age.good(now) else "yellow"
    limit = f"(limit {duration_text(age.limit_s)})"
    told = f"{age_text(age.at, now)} {limit}  {age.detail}" if age.at else "none yet"
    mark = "●" if age.good(now) else "▲"
    return f"{click.style(mark, fg=colour)} {age.what:6}  {told}"
