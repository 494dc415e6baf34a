"""Whatever a store does, the command line says it in one document, without a trace or a secret.

All verbs that touch a store, each while one call of it goes wrong; the exit status and the
document have to agree on whether the verb succeeded.
"""

from __future__ import annotations

import json
import os
import random

import pytest
from click.testing import CliRunner, Result
from fault_home import Home

from strongroom.cli import strongroom
from strongroom.testing.faulty_store import FAULTS_OF, Misbehaviour, misbehaving
from strongroom.testing.killing import SOAK

VERBS: dict[str, tuple[str, list[str]]] = {
    "backup": ("plain", ["backup"]),
    "backups": ("plain", ["backups"]),
    "copy": ("uncopied", ["copy"]),
    "drill": ("plain", ["drill"]),
    "fsck": ("damaged", ["fsck", "--read-data", "--repair"]),
    "prune": ("aged", ["prune"]),
    "status": ("plain", ["status"]),
    "check": ("plain", ["check"]),
}
FAULTS = ("fails", "expires", "full", "lies", "hides", "flipped", "cut", "breaks")
PLACES = 8 if os.environ.get(SOAK) else 1
EVERY = 1 if os.environ.get(SOAK) else 3
"""Of the faults, each so-manieth; another beginning for each verb, so that all are tried."""


def invoked(home: Home, arguments: list[str]) -> Result:
    path = str(home.configuration.path)
    return CliRunner().invoke(strongroom, ["--config", path, *arguments, "--json"])


@pytest.mark.timeout(0)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_whose_store_misbehaves_says_so_and_nothing_that_is_secret(
    home: Home, verb: str
) -> None:
    begins_with, arguments = VERBS[verb]
    home.begin(begins_with)
    with misbehaving(Misbehaviour()) as counting:
        assert invoked(home, arguments).exit_code == 0
    chosen = random.Random(f"told {verb}")  # noqa: S311  repeatable, not secret
    for fault in FAULTS[[*VERBS].index(verb) % EVERY :: EVERY]:
        calls = sorted(one for one in counting.calls if fault in FAULTS_OF[one.operation])
        for call in chosen.sample(calls, min(PLACES, len(calls))):
            home.begin(begins_with)
            with misbehaving(Misbehaviour(call, fault)):
                result = invoked(home, arguments)
            told = f"{verb}, {fault} at {call}: {result.output[-2000:]}"
            assert result.exception is None or isinstance(result.exception, SystemExit), told
            assert "Traceback" not in result.output, told
            assert not any(secret in result.output for secret in home.secrets), told
            document = json.loads(result.stdout)
            if "error" in document:
                assert result.exit_code != 0, told
                assert document["error"]["message"], told
                assert document["error"]["next"], told
