"""``strongroom status``: whose database this is, its newest backup and proof, and what to do."""

from __future__ import annotations

from datetime import datetime

import click

from strongroom.alerts import Notice
from strongroom.backups import backup_settings, chosen_for
from strongroom.cli.judgement import judgement_lines
from strongroom.cli.layout import next_line
from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import age_text, count_text, duration_text, size_text
from strongroom.cli.stored import stored_of
from strongroom.config import Configuration
from strongroom.identity import check
from strongroom.protection import protection_warnings
from strongroom.report import (
    Age,
    ChannelStanding,
    Facts,
    Figures,
    ages_of,
    at_risk_s,
    channels_of,
    collect,
    evaluate,
    figures_of,
)
from strongroom.server import Supervisor
from strongroom.server.cluster import ADMINISTRATOR

SHOWN_ABOVE = {
    "verdict",
    "protection_missing",
    "protection_weakened",
    "backup_old",
    "not_proven",
}
"""Conditions that the lines of the verdict, the backup and the proof tell already."""


@click.command("status")
@pass_output
def command(output: Output) -> None:
    """Show database, backups and proofs in one look; the exit status is that of check."""
    configuration = output.configuration()
    judgement = check(configuration, inspect=protection_warnings, progress=output.progress())
    facts = collect(configuration, judgement=judgement)
    judged, conditions = output.judgement(judgement.as_dict()), evaluate(facts)
    ages, channels = ages_of(facts), channels_of(configuration, facts)
    figures = figures_of(facts, facts.at)
    server, stored = _server(configuration), stored_of(configuration) if facts.store else None
    following = judged["next"]
    if not following and conditions.holding:
        following = output.addressed(conditions.holding[0].next_step)
    document = {
        **judged,
        **{age.what: age.as_dict(facts.at) for age in ages},
        **figures.as_dict(),
        **(stored.as_dict() if stored else {}),
        "server": server,
        "log": facts.log.figures.as_dict() if facts.log else None,
        "at_risk_s": at_risk_s(facts),
        "conditions": [one.as_dict() for one in conditions.holding],
        "unknown": sorted(conditions.unknown),
        "channels": [one.as_dict() for one in channels],
        "next": following,
    }
    lines = [f"{configuration.application}, environment {configuration.environment}", ""]
    lines += judgement_lines({**judged, "next": ""})
    lines += ["", *(_age_line(age, facts) for age in ages), *_figure_lines(figures, facts)]
    lines += stored.lines() if stored else []
    method = _method(configuration, facts)
    newest = facts.store.newest if facts.store else None
    absent = [str(gap) for gap in newest.not_covered if gap.is_absent] if newest else []
    document |= {"method": method, "not_in_backup": absent}
    lines += [f"{click.style('▲', fg='yellow')} without {gap}" for gap in absent]
    lines += [f"  server  {_told(server)}", f"  method  {_method_told(method)}", *_log_lines(facts)]
    more = [_condition_line(one) for one in conditions.holding if one.kind not in SHOWN_ABOVE]
    more += [_channel_line(one, facts.at) for one in channels if one.problem]
    lines += ["", *more] if more else []
    output.result(document, [*lines, "", next_line(following)] if following else lines)
    if not judgement.matches:
        output.exit(judgement.verdict.exit_code)


def _method(configuration: Configuration, facts: Facts) -> dict[str, str | None]:
    """What is configured, how the newest backup was taken, why, and why it cannot be proven."""
    newest = facts.store.newest if facts.store else None
    choice = chosen_for(configuration, newest.backup_id) if newest else None
    return {
        "configured": backup_settings(configuration).method,
        "newest": newest.method if newest else None,
        "reason": choice.reason if choice else None,
        "unproven": newest.unproven if newest else None,
    }


def _method_told(method: dict[str, str | None]) -> str:
    if method["newest"] is None:
        return f"{method['configured']}; chosen at the first backup"
    told = f"{method['newest']}" + (f": {method['reason']}" if method["reason"] else "")
    why = method["unproven"]
    return f"{told}; cannot be proven: {why}" if why else told


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


def _log_lines(facts: Facts) -> list[str]:
    """How far behind the stored log is; nothing where it is not kept."""
    if facts.log is None or facts.log.figures.at_risk_s is None:
        return []
    behind_s = facts.log.figures.at_risk_s
    good = behind_s <= facts.log.behind_alert_s and not facts.log.figures.gaps
    mark = click.style("●", fg="green") if good else click.style("▲", fg="yellow")
    limit = f"(limit {duration_text(facts.log.behind_alert_s)})"
    told = f"stored up to {duration_text(behind_s)} ago {limit}  {facts.log.figures.stored}"
    return [f"{mark} log     {told}"]


def _age_line(age: Age, facts: Facts) -> str:
    detail = _detail(age, facts)
    if age.failed:
        why = click.style("failed its drill", fg="red", bold=True)
        return f"{click.style('✗', fg='red')} {age.what:6}  {why}: {detail}"
    colour = "green" if age.good(facts.at) else "yellow"
    limit = f"(limit {duration_text(age.limit_s)})"
    none = "none yet" if facts.store else "not known"
    told = f"{age_text(age.at, facts.at)} {limit}  {detail}" if age.at else none
    mark = "●" if age.good(facts.at) else "▲"
    return f"{click.style(mark, fg=colour)} {age.what:6}  {told}"


def _detail(age: Age, facts: Facts) -> str:
    store = facts.store
    if store is None:
        return ""
    if age.what == "backup":
        newest = store.newest
        return f"{newest.backup_id}, {count_text(newest.rows)} rows" if newest else ""
    proof = store.proof
    return f"{proof.backup_id}, restored in {duration_text(proof.duration_s)}" if proof else ""


def _figure_lines(figures: Figures, facts: Facts) -> list[str]:
    measured = figures.measured
    if measured is None or figures.rto_s is None or figures.rpo_s is None:
        return []
    size = size_text(measured.database_size_bytes)
    taken, open_ = duration_text(figures.rto_s), duration_text(figures.rpo_s)
    when = age_text(measured.at, facts.at)
    told = f"  restore takes about {taken} (measured {when}, {size}); "
    return [f"{told}{open_} of writes have no proven backup behind them"]


def _condition_line(notice: Notice) -> str:
    critical = notice.severity == "critical"
    name = f"{'✗' if critical else '▲'} {notice.kind}"
    return f"{click.style(name, fg='red' if critical else 'yellow')}  {notice.message}"


def _channel_line(channel: ChannelStanding, now: datetime) -> str:
    since = channel.failing_since
    told = f" (first {age_text(since, now)})" if since and since < now else ""
    return f"{click.style('▲ alerts', fg='yellow')}  {channel.problem}{told}"
