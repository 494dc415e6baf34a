"""Runs in the application's interpreter, where strongroom need not be: calls one function.

It reads what to do from standard input, limits itself before it imports anything of the
application's, and writes its answer to the descriptor that is its only argument.
"""

import importlib
import json
import os
import resource
import sys
from itertools import islice
from typing import Any

FINDINGS_TOLD, FINDINGS_COUNTED, FINDING_MAX = 5, 1000, 200
"""An answer that is too long for the pipe would never arrive."""


def main() -> None:
    """Answer with findings, or with why there are none to be had."""
    asked = json.load(sys.stdin)
    answers = int(sys.argv[1])
    os.set_inheritable(answers, False)  # noqa: FBT003  takes no keyword
    _limit(asked)
    sys.path[0] = asked["directory"]
    answer: dict[str, Any]
    try:
        found = _findings(asked)
        told = [finding[:FINDING_MAX] for finding in found[:FINDINGS_TOLD]]
        answer = {"findings": told, "untold": len(found) - len(told)}
    except BaseException as error:  # noqa: BLE001  whatever it was, the question was not answered
        answer = {"problem": _told(error)}
    os.write(answers, json.dumps(answer).encode())
    os._exit(0)


def _limit(asked: dict[str, Any]) -> None:
    processor_s = int(asked["timeout_s"]) + 1
    for kind, most in (
        (resource.RLIMIT_AS, asked["memory_bytes"]),
        (resource.RLIMIT_CPU, processor_s),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _findings(asked: dict[str, Any]) -> list[str]:
    module, _, name = asked["function"].partition(":")
    function = getattr(importlib.import_module(module), name)
    connection = _connection(asked["conninfo"])
    try:
        found = function(connection)
        if isinstance(found, str):
            raise TypeError("it must return a list of texts, and returned one text")
        return [str(finding) for finding in islice(found or (), FINDINGS_COUNTED)]
    finally:
        connection.close()


def _connection(conninfo: dict[str, Any]) -> Any:  # noqa: ANN401  of either driver
    """A connection of the driver that is at hand, for reading only."""
    try:
        import psycopg  # noqa: PLC0415  after the limits
    except ImportError:
        import psycopg2  # noqa: PLC0415  the same

        connection = psycopg2.connect(**conninfo)
        connection.set_session(readonly=True)
        return connection
    connection = psycopg.connect(**conninfo)
    connection.read_only = True
    return connection


def _told(error: BaseException) -> str:
    """No more than the kind of an error: its text may quote rows."""
    if isinstance(error, (ImportError, AttributeError, TypeError)):
        return f"{type(error).__name__}: {error}"[:300]
    return type(error).__name__


if __name__ == "__main__":
    main()
