"""Whatever arrives, and whatever is done: what an athlete said of an activity stands.

In a real home, with the guards inside the database, and through real backups and restores.
STRONGROOM_SOAK=1 plays a thousand histories; STRIDEIQ_HISTORIES=4711 plays that one alone, and
STRIDEIQ_HISTORIES=0-499 a part of them. HISTORY_LOG=file writes a line for each.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from homes import Home
from truth_histories import History
from truth_runs import LearningPool, Run, new_athlete

import strideiq.features  # noqa: F401  what reacts to activities is registered there
from strideiq.platform.home import EnvironmentPaths
from strideiq.platform.runtime import opened

SOAK = bool(os.environ.get("STRONGROOM_SOAK"))
CHOSEN = os.environ.get("STRIDEIQ_HISTORIES")
HISTORIES = 1000 if SOAK else 12
BETWEEN_RESTORES = 50 if SOAK else 40

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(7200 if SOAK else 300)]


def test_what_an_athlete_said_stands_in_every_history(make_home: Callable[..., Home]) -> None:
    home = make_home()
    first, _, last = (CHOSEN or f"0-{HISTORIES - 1}").partition("-")
    seeds = list(range(int(first), int(last or first) + 1))
    remembered: dict[UUID, dict[UUID, Run]] = {}
    for begin in range(0, len(seeds), BETWEEN_RESTORES):
        histories = play(home.paths, seeds[begin : begin + BETWEEN_RESTORES])
        newest = [each.athlete_id for each in histories]
        remembered |= {each.athlete_id: each.remembered() for each in histories}
        backup = home.strongroom("backup")
        assert backup.code == 0, backup
        play_on(home.paths, histories[:5])  # what comes after the backup is not in it
        restored = home.strongroom("restore", "--swap")
        assert restored.code == 0, restored
        # What a restore has lost stays lost: all are looked at behind the last one.
        is_last = begin + BETWEEN_RESTORES >= len(seeds)
        looked_at = remembered if is_last else {each: remembered[each] for each in newest}
        look_again(home.paths, looked_at)
        log(f"restored and found again: {len(looked_at)} athletes")


def play(directory: Path, seeds: list[int]) -> list[History]:
    with opened(EnvironmentPaths(directory)) as runtime, LearningPool(1) as pool:
        histories = []
        for seed in seeds:
            histories.append(History(runtime.sessions, new_athlete(runtime.sessions), pool, seed))
            histories[-1].play()
            log(f"{seed}: {'; '.join(histories[-1].steps)}")
        return histories


def log(line: str) -> None:
    if path := os.environ.get("HISTORY_LOG"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def play_on(directory: Path, histories: list[History]) -> None:
    with opened(EnvironmentPaths(directory)) as runtime, LearningPool(1) as pool:
        for each in histories:
            each.sessions, each.pool = runtime.sessions, pool
            for _ in range(3):
                each.step(each.annotate)


def look_again(directory: Path, remembered: dict[UUID, dict[UUID, Run]]) -> None:
    with opened(EnvironmentPaths(directory)) as runtime, LearningPool(1) as pool:
        for athlete_id, runs in remembered.items():
            history = History(runtime.sessions, athlete_id, pool, seed=0)
            history.runs = runs
            history.check()
