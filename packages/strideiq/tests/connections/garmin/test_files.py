"""Files of Garmin come in the end, and what is not one is never taken for one."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from garmin_stand_in import GarminStandIn
from garmin_syncing import Syncing, history
from sqlalchemy import select

from strideiq.connections.garmin import client
from strideiq.connections.garmin.files import AROUND_S, WIDER_S
from strideiq.connections.http import Door
from strideiq.imports.models import SourceFile


@pytest.mark.parametrize(
    "fault", ["cut", "short", "html", "json", "slow", "500", "401", "429 bare"]
)
def test_a_file_that_comes_broken_is_never_taken_for_one_and_comes_in_the_end(
    garmin: GarminStandIn, syncing: Syncing, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncing.connect()
    syncing.finish()
    if fault == "slow":
        monkeypatch.setattr(client, "Door", partial(Door, timeout_s=0.5))
    garmin.recordings = history(1, timedelta(days=1))
    syncing.hear({"activityFiles": garmin.told(garmin.recordings.values())})
    garmin.next_fault = [fault]
    syncing.step()
    assert syncing.row.state == "connected"
    syncing.finish()
    [run] = syncing.shown()
    assert (run.name, run.elapsed_s) == ("Run 0", 60)


@pytest.mark.parametrize(
    ("faults", "whole"),
    [(["500", "401", "short"], True), (["short"] * 6, True), (["ends"] * 8, False)],
)
def test_only_a_file_that_keeps_ending_at_one_place_is_taken_as_it_is(
    garmin: GarminStandIn, syncing: Syncing, faults: list[str], *, whole: bool
) -> None:
    syncing.connect()
    syncing.finish()
    garmin.recordings = history(1, timedelta(days=1))
    [recording] = garmin.recordings.values()
    syncing.hear({"activityFiles": garmin.told([recording])})
    garmin.next_fault = list(faults)
    syncing.finish()
    with syncing.context.sessions() as session:
        [kept] = session.scalars(select(SourceFile.content))
    assert (kept == recording.content) == whole
    assert recording.content.startswith(kept)


def test_an_address_that_was_used_up_or_ran_out_is_asked_for_anew(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    syncing.connect()
    syncing.finish()
    garmin.recordings = history(2, timedelta(days=3))
    syncing.hear({"activityFiles": garmin.told(garmin.recordings.values())})
    first, second = garmin.callbacks.values()
    first.used = True
    second.until = garmin.now
    syncing.finish()
    assert len(syncing.shown()) == 2


def test_a_file_is_asked_for_anew_by_another_span_where_garmin_knows_this_one_already(
    garmin: GarminStandIn, syncing: Syncing
) -> None:
    syncing.connect()
    syncing.finish()
    garmin.recordings = history(1, timedelta(days=3))
    [recording] = garmin.recordings.values()
    syncing.hear({"activityFiles": garmin.told([recording])})
    for callback in garmin.callbacks.values():
        callback.used = True
    for around_s in (AROUND_S + 1, AROUND_S + int(garmin.now.timestamp()) % WIDER_S):
        garmin.spans.add((recording.started_s - around_s, recording.started_s + around_s))
    syncing.finish()
    assert len(syncing.shown()) == 1
    assert syncing.row.state == "connected"
