"""``python -I -m strongroom.command_guard.hook HOST``: what a host runs before a command.

The answer is written at once and at the end, so that a hook that dies halfway has said nothing.
Whatever ends it (a crash, a time limit) ends it with a status that the settings line turns into a
refusal; see ``hosts.settings``.
"""

from __future__ import annotations

import faulthandler
import os
import sys

DEADLINE_S = 20
"""After this the process ends itself, whatever it is doing: less than any host waits for."""
START_DAEMON, JUDGE = "--start-daemon", "--judge"
"""Said by who has asked the resident guard: there is none, or it leaves the judging to us."""


def main(arguments: list[str]) -> int:
    """Answer one call; the exit status is the hook's."""
    from strongroom.command_guard.hosts.answering import (  # noqa: PLC0415  the deadline comes first
        BLOCKED,
        SIZE_MAX_BYTES,
        answer,
    )

    hosts = [one for one in arguments if not one.startswith("--")]
    if len(hosts) != 1:
        sys.stderr.write("usage: python -I -m strongroom.command_guard.hook HOST\n")
        return BLOCKED
    given, directory = sys.stdin.buffer.read(SIZE_MAX_BYTES + 1), os.getcwd()  # noqa: PTH109  pathlib costs milliseconds
    reply = answer(hosts[0], given, directory, asking=len(arguments) == 1)
    sys.stderr.write(reply.stderr)
    sys.stdout.write(reply.stdout)
    sys.stdout.flush()
    if START_DAEMON in arguments:
        from strongroom.command_guard import resident  # noqa: PLC0415  the answer comes first

        resident.start()
    return reply.exit_code


if __name__ == "__main__":
    # The watching thread is C, so that not even an expression that never ends holds it up.
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123  pathlib costs milliseconds
        faulthandler.dump_traceback_later(DEADLINE_S, exit=True, file=nowhere)
        sys.exit(main(sys.argv[1:]))
