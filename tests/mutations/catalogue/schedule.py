"""Schedule, conditions and alerts."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

FIGURES = (f"{TESTS}/report/test_figures.py",)
CONDITIONS = (f"{TESTS}/report/test_conditions.py",)
TELLING = (f"{TESTS}/alerts/test_telling.py",)
CHANNELS = (f"{TESTS}/alerts/test_channels.py",)
LEASE = (f"{TESTS}/schedule/test_lease.py",)
WATCHING = (f"{TESTS}/schedule/test_watching.py",)
WATCHERS = (f"{TESTS}/schedule/test_processes.py", f"{TESTS}/schedule/test_guarded.py")

MUTATIONS = (
    mutation(
        "report/conditions.py",
        "what cannot be seen is good",
        "return not self.holding and not self.unknown",
        "return not self.holding",
        CONDITIONS,
    ),
    mutation(
        "report/conditions.py",
        "a refuted backup is no condition",
        'deciding.verdict == "failed"',
        "False",
        CONDITIONS,
    ),
    mutation(
        "alerts/deciding.py",
        "told to be over without having looked",
        "alert.notice.kind not in unknown and channel",
        "channel",
        TELLING,
    ),
    mutation(
        "alerts/telling.py",
        "what failed counts as told",
        "memory.note_failure(channel.name, error.message, now)",
        "memory.note_delivery(channel.name, message, now)",
        TELLING,
    ),
    mutation(
        "alerts/channels.py",
        "a message that nobody took is delivered",
        "        if not delivered:\n",
        "        if False:\n",
        CHANNELS,
    ),
    mutation(
        "alerts/channels.py",
        "others may log the address",
        "        logger.disabled = True\n",
        "        pass\n",
        CHANNELS,
    ),
    mutation(
        "schedule/lease.py",
        "two hold the lease",
        'if newest.state == "held" and not self._is_dead(newest):',
        "if False:",
        LEASE,
    ),
    mutation(
        "schedule/lease.py",
        "a number that was used up gives the lease",
        "if max(numbers, default=0) != following.number:",
        "if False:",
        LEASE,
    ),
    mutation(
        "schedule/lease.py",
        "a holder that was away goes on",
        "if self._lost or self._lease.clock.steady_s() - self._renewed_s >= self._mark.lasts_s:",
        "if False:",
        WATCHERS,
    ),
    mutation(
        "report/facts.py",
        "a backup of the future serves the present",
        "[one for one in backups if one.started_at <= now + CLOCK_TOLERANCE]",
        "list(backups)",
        WATCHING,
    ),
    mutation(
        "schedule/running.py",
        "a run that failed is pinged as good",
        "good = self.conditions.good and not any(one.exit_code for one in ran)",
        "good = True",
        WATCHERS,
    ),
    mutation(
        "report/conditions.py",
        "nobody hears of backups that cannot be used",
        "    _backup_damaged,\n",
        "",
        CONDITIONS,
    ),
    mutation(
        "report/figures.py",
        "a backup that nobody proved makes what it holds safe",
        "proven = facts.store.proven if facts.store else None",
        "proven = facts.store.newest if facts.store else None",
        FIGURES,
    ),
)
