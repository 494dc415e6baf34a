"""A first sync of a long history under the real limits, killed again and again.

By default a slice: fewer activities and smaller limits, so that both windows are still met. Whole
with STRONGROOM_SOAK=1: 3,000 activities, 200 requests a quarter and 2,000 a day, 20 kills.
"""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine, select
from strava_stand_in import BEGUN, StravaStandIn
from strava_syncing import STRAVA_ATHLETE, Syncing

from strideiq.activities import lent
from strideiq.activities import public as activities
from strideiq.activities.models import (
    Activity,
    ActivityAnnotation,
    ActivityLoan,
    ActivityLoanStream,
    ActivityObservation,
)

SOAK = os.environ.get("STRONGROOM_SOAK") == "1"
COUNT = 3000 if SOAK else 60
LIMITS = (200, 2000) if SOAK else (25, 50)
KILLS = 20 if SOAK else 3
SEED = 4711
ENDED_IN_ORDER = 0


def killed_while_working(
    syncing: Syncing, engine: Engine, requests: int, *, answered: bool
) -> bool:
    """Have a process work that is killed at a request, before or after its answer; whether it was.

    A process of its own, with its own connections to the database, so that nothing is tidied up.
    """
    left = [requests]

    def count(_method: str, _path: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(child, signal.SIGKILL)

    child = os.fork()
    if child == 0:
        _work_as_child(syncing, engine)
    if answered:
        syncing.strava.after = count
    else:
        syncing.strava.before = count
    _pid, status = os.waitpid(child, 0)
    syncing.strava.before = syncing.strava.after = lambda _method, _path: None
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == ENDED_IN_ORDER
    return os.WIFSIGNALED(status)


def _work_as_child(syncing: Syncing, engine: Engine) -> None:
    ended = 1
    try:
        engine.dispose(close=False)  # the connections are the parent's
        syncing.runner.work_off()
        ended = ENDED_IN_ORDER
    finally:
        os._exit(ended)


def test_a_first_sync_is_complete_however_often_it_dies_and_words_outlive_every_sync(
    strava: StravaStandIn,
    syncing: Syncing,
    engine: Engine,
    athlete_id: UUID,
    record_testsuite_property: Callable[[str, str], None],
) -> None:
    strava.limits = LIMITS
    for number in range(COUNT):
        strava.add(STRAVA_ATHLETE, number + 1, BEGUN - timedelta(hours=9 * number + 2))
    syncing.connect()
    chance = random.Random(SEED)  # noqa: S311  repeatable on purpose
    kills = 0
    while syncing.waiting():
        due = syncing.runner.next_due()
        assert due is not None
        strava.now = max(strava.now, due)
        if kills < KILLS:
            at = chance.randrange(1, LIMITS[0] // 2)
            kills += killed_while_working(syncing, engine, at, answered=chance.random() < 0.5)
        else:
            syncing.runner.work_off()
    assert kills == KILLS
    assert_complete(syncing, strava)
    record_testsuite_property("first sync of Strava", told(strava, kills))
    assert strava.statuses[429] == 0

    words = annotated(syncing, chance)
    gone, renamed = chance.sample(sorted(strava.accounts[STRAVA_ATHLETE].activities), 2)
    del strava.accounts[STRAVA_ATHLETE].activities[gone]
    strava.accounts[STRAVA_ATHLETE].activities[renamed]["name"] = "Renamed there"
    strava.now += timedelta(minutes=1)
    syncing.again()
    assert_words(syncing, words)
    with syncing.session() as session:
        withdrawn = session.scalars(
            select(ActivityObservation).where(ActivityObservation.withdrawn == "upstream")
        ).all()
        assert [one.upstream_id for one in withdrawn] == [f"strava:{gone}"]
        assert session.scalars(select(Activity).where(Activity.deleted_at.is_not(None))).all() == []
        assert len(session.scalars(select(Activity.activity_id)).all()) == COUNT
        found = lent.listed(session, athlete_id, strava.now, COUNT + 1)
    assert len(found) == COUNT - 1
    assert "Renamed there" in {one.originals["name"] for one in found}

    strava.revoke(STRAVA_ATHLETE)
    syncing.again()
    assert syncing.row().state == "revoked"
    assert_words(syncing, words)
    with syncing.session() as session:
        assert session.scalars(select(ActivityLoan.activity_id)).all() == []
        assert len(session.scalars(select(Activity.activity_id)).all()) == COUNT


def told(strava: StravaStandIn, kills: int) -> str:
    """How it went, for the report of a whole run."""
    took = strava.now - BEGUN
    return f"{COUNT} activities, {kills} kills, {took}, {len(strava.requests)} requests"


def assert_complete(syncing: Syncing, strava: StravaStandIn) -> None:
    """Every activity once, with its samples, whatever was done twice."""
    with syncing.session() as session:
        known = Counter(session.scalars(select(ActivityObservation.upstream_id)))
        loans = session.scalars(select(ActivityLoan.upstream_id)).all()
        sampled = session.scalars(select(ActivityLoanStream.activity_id).distinct()).all()
        places = session.scalars(select(Activity.activity_id)).all()
    wanted = {f"strava:{one}" for one in strava.accounts[STRAVA_ATHLETE].activities}
    assert known == Counter(wanted)
    assert sorted(loans) == sorted(wanted)
    assert len(places) == len(sampled) == COUNT


def annotated(syncing: Syncing, chance: random.Random) -> dict[tuple[UUID, str], str]:
    """What the athlete says of every tenth activity."""
    words = {}
    with syncing.context.sessions.begin() as session:
        places = sorted(session.scalars(select(Activity.activity_id)))
        for place in chance.sample(places, COUNT // 10):
            for field, value in (("name", f"Mine {place}"), ("notes", f"Words on {place}")):
                activities.annotate(session, syncing.athlete_id, place, field, value)
                words[place, field] = value
    return words


def assert_words(syncing: Syncing, words: dict[tuple[UUID, str], str]) -> None:
    """Every word stands, once, as it was said."""
    with syncing.session() as session:
        rows = session.scalars(select(ActivityAnnotation)).all()
        assert {(row.activity_id, row.field): row.value for row in rows} == words
        assert len(rows) == len(words)
        for place in list({place for place, _field in words})[:20]:
            view = activities.activity(session, syncing.athlete_id, place)
            assert (view.name, view.notes) == (words[place, "name"], words[place, "notes"])
