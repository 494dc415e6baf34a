"""Seeded faults on the way to a real S3 server, while backups are copied to it.

The first run counts the requests; each seed lets one of them go wrong. Afterwards whatever the
server shows as a backup is one, byte for byte, and a clean repetition brings all the rest.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fault_home import Home

from strongroom.backups import StoreCopies, copy_backups
from strongroom.config import Configuration
from strongroom.storage import ObjectStore, open_store
from strongroom.testing import s3_faults as faults
from strongroom.testing.killing import SOAK
from strongroom.testing.s3_faults import Fault, FaultyServer, faulty
from strongroom.testing.s3_server import S3Server, running_s3_server

SEED = os.environ.get("UPLOAD_SEED")
SEEDS = [int(SEED)] if SEED else [*range(200 if os.environ.get(SOAK) else 10)]
ETAG = ("ETag", '"0"')
FAULTS: dict[str, tuple[Fault, set[str], int | None]] = {
    "busy": (faults.refuse(503, "SlowDown"), {"GET", "HEAD", "PUT", "DELETE"}, 1),
    "expired": (faults.refuse(403, "ExpiredToken"), {"GET", "HEAD", "PUT"}, None),
    "dropped": (faults.drop, {"GET", "HEAD", "PUT"}, 1),
    "answer lost": (faults.lose_answer, {"GET", "HEAD", "PUT"}, 1),
    "cut": (faults.cut(20), {"GET"}, 1),
    "lies": (faults.lie(ETAG), {"PUT"}, 1),
    "repeated": (faults.repeat, {"GET", "PUT"}, 1),
    "spoilt request": (faults.spoil_request, {"PUT"}, 1),
    "spoilt answer": (faults.spoil_answer, {"GET"}, 1),
    "overwrites": (faults.overwrite, {"PUT"}, None),
}
"""What happens, to requests of which methods, and how often; None is from then on."""


@dataclass
class Way:
    """A server of faults before a real one, and what a run without a fault asks of it."""

    real: S3Server
    through: FaultyServer
    home: Home
    counts: Counter[str]

    def configured(self, endpoint: str, prefix: str) -> Configuration:
        url = f"s3://plain/{prefix}?endpoint={endpoint}"
        return replace(self.home.configuration, copies=(url,))

    def copy(self, endpoint: str, prefix: str) -> StoreCopies:
        (outcome,) = copy_backups(self.configured(endpoint, prefix))
        return outcome


@pytest.fixture(scope="module")
def way(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    with (
        pytest.MonkeyPatch.context() as patch,
        running_s3_server(tmp_path_factory.mktemp("s3")) as server,
        faulty(server.endpoint) as through,
    ):
        for name, value in server.environment.items():
            patch.setenv(name, value)
        server.make_bucket("plain")
        home.begin("uncopied")
        way = Way(server, through, home, Counter())
        assert way.copy(through.endpoint, "counted").complete
        way.counts = Counter(one.split()[0] for one in through.requests)
        yield way


@pytest.mark.parametrize("seed", SEEDS)
def test_what_goes_wrong_on_the_way_leaves_whole_backups_or_none(way: Way, seed: int) -> None:
    chosen = random.Random(f"upload {seed}")  # noqa: S311  repeatable, not secret
    # The first seeds take the faults in turn, so that few runs have them all.
    name = [*FAULTS][seed] if seed < len(FAULTS) else chosen.choice([*FAULTS])
    fault, methods, times = FAULTS[name]
    method = chosen.choice(sorted(methods & way.counts.keys()))
    nth = chosen.randrange(way.counts[method])
    told = f"UPLOAD_SEED={seed}: {name} at {method} no. {nth + 1}"

    state, prefix = way.home.begin("uncopied"), f"run-{seed}"
    way.through._faults.clear()
    fired = way.through.fired
    way.through.inject(fault, method, times=times, after=nth)
    outcome = way.copy(way.through.endpoint, prefix)
    assert way.through.fired > fired, f"{told}: not reached"

    for problem in outcome.problems:
        assert problem.message, told
        assert problem.next_step, told
        assert way.real.secret_key not in f"{problem.message} {problem.next_step}", told
    true = open_store(way.configured(way.real.endpoint, prefix).copies[0])
    store = Path(way.home.configuration.store_url)
    whole = {one.backup_id for one in state.backups.values() if _is_there(true, one.key)}
    assert whole >= {*outcome.copied, *outcome.there}, f"{told}: told as copied, and is not"
    for one in state.backups.values():
        if one.backup_id in whole:
            for key in (one.key, *(stored.key for stored in one.objects)):
                assert true.get(key) == (store / key).read_bytes(), f"{told}: {key}"
    assert way.home.objects()["store"] == state.objects["store"], told

    again = way.copy(way.real.endpoint, prefix)
    assert again.complete, f"{told}: {again.problems}"
    assert {info.key: true.get(info.key) for info in true.list("backups/")} == {
        key: (store / key).read_bytes()
        for key in state.objects["store"]
        if key.startswith("backups/")
    }, told


def _is_there(store: ObjectStore, key: str) -> bool:
    return any(info.key == key for info in store.list(key))
