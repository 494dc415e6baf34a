"""Limits of a day and a month hold across restarts, between processes, and through kills."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from strideiq.coach.budget import Budget, last_of_month, spent
from strideiq.coach.engines.door import EngineError
from strideiq.coach.engines.language_model import failures
from strideiq.coach.engines.language_model.configuration import Limits
from strideiq.coach.engines.language_model.spending import Used

DAY = date(2026, 11, 27)
LIMITS = Limits(
    tokens_per_turn=2000,
    tokens_per_day=5000,
    cost_per_month_usd=Decimal("0.1"),
    input_price_usd=Decimal(4),
    output_price_usd=Decimal(10),
)


def refused(budget: Budget, athlete_id: UUID) -> str:
    """Why nothing may be asked."""
    with pytest.raises(EngineError) as error:
        budget.hold(athlete_id)
    return error.value.reason


def test_a_day_and_a_month_come_to_their_limits_whoever_asks_and_begin_anew(
    engine: Engine, sessions: sessionmaker[Session], athlete_id: UUID
) -> None:
    day = [DAY]
    budget = Budget(sessions, LIMITS, lambda: day[0])
    first = budget.hold(athlete_id)
    assert (first.tokens, first.usd) == (2000, Decimal("0.02"))
    assert budget.hold(athlete_id).tokens == 2000
    assert budget.hold(athlete_id).tokens == 1000
    assert refused(budget, athlete_id) == failures.DAY_USED_UP
    budget.settle(athlete_id, first, Used(200, 100))

    engine.dispose()  # as after a restart: nothing is known but what the database has
    again = Budget(sessionmaker(engine), LIMITS, lambda: day[0])
    assert again.hold(athlete_id).tokens == 1700
    assert refused(again, athlete_id) == failures.DAY_USED_UP
    day[0] = date(2026, 11, 28)
    for _turn in range(2):
        budget.settle(athlete_id, budget.hold(athlete_id), Used(500, 1500))
    day[0] = date(2026, 11, 30)
    budget.settle(athlete_id, budget.hold(athlete_id), Used(0, 2000))
    assert refused(budget, athlete_id) == failures.MONTH_USED_UP
    day[0] = date(2026, 12, 1)
    assert budget.hold(athlete_id).tokens == 2000
    with sessions() as session:
        found = spent(session, athlete_id, DAY)
    assert (found.tokens, found.held_tokens) == (300, 4700)
    assert found.cost_usd == Decimal("0.0018") + 2 * Decimal("0.017") + Decimal("0.02")


@pytest.mark.parametrize(
    ("day", "last"),
    [("2026-02-03", "2026-02-28"), ("2028-02-29", "2028-02-29"), ("2026-12-31", "2026-12-31")],
)
def test_a_month_ends_on_its_last_day(day: str, last: str) -> None:
    assert last_of_month(date.fromisoformat(day)) == date.fromisoformat(last)


def in_a_child(engine: Engine, work: Callable[[], object]) -> int:
    """A process that works with connections of its own; its id."""
    child = os.fork()
    if child:
        return child
    ended = 1
    try:
        engine.dispose(close=False)  # the connections are the parent's
        work()
        ended = 0
    finally:
        os._exit(ended)


def test_two_processes_at_once_never_hold_more_than_a_day_has(
    engine: Engine, sessions: sessionmaker[Session], athlete_id: UUID
) -> None:
    limits = Limits(tokens_per_turn=1000, tokens_per_day=40_000)
    budget = Budget(sessions, limits, lambda: DAY)
    begin, go = os.pipe()

    def asking() -> None:
        os.close(go)
        os.read(begin, 1)  # ends for both when the parent lets go
        for _turn in range(30):
            try:
                allowance = budget.hold(athlete_id)
            except EngineError:
                return
            budget.settle(athlete_id, allowance, Used(600, 400))

    children = [in_a_child(engine, asking) for _each in range(2)]
    os.close(go)
    assert [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in children] == [0, 0]
    os.close(begin)
    with sessions() as session:
        found = spent(session, athlete_id, DAY)
    assert (found.tokens, found.held_tokens) == (40_000, 0)
    assert refused(budget, athlete_id) == failures.DAY_USED_UP


def test_an_answer_that_dies_with_its_process_counts_with_all_that_it_could_have_used(
    engine: Engine, sessions: sessionmaker[Session], athlete_id: UUID
) -> None:
    budget = Budget(sessions, LIMITS, lambda: DAY)

    def die() -> None:
        budget.hold(athlete_id)
        os.kill(os.getpid(), signal.SIGKILL)

    _pid, status = os.waitpid(in_a_child(engine, die), 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    with sessions() as session:
        found = spent(session, athlete_id, DAY)
    assert (found.tokens, found.held_tokens, found.held_usd) == (0, 2000, Decimal("0.02"))
    assert found.left_tokens(LIMITS) == 2000
