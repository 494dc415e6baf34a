"""Run one plan: begin, choose the place, let it go wrong there, look at the laws, do it again."""

from __future__ import annotations

import datetime as dt
import inspect
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from types import ModuleType
from typing import Any

import fault_laws as laws
from fault_home import Home, State
from fault_laws import Violation
from fault_plan import DISK_FAULTS, Plan
from fault_scenarios import ACTS, Act

from strongroom.progress import SILENT
from strongroom.testing.faulty_store import (
    DEADLY,
    FAULTS_OF,
    Call,
    Misbehaviour,
    misbehaving,
)
from strongroom.testing.faulty_store import FAULTS as STORE_FAULTS

DAYS = 3
THOROUGH_EVERY = 8
"""One of so many runs that make a backup has it drilled at the end."""
TOLD_WRONGLY = frozenset({"lies", "hides"})
"""Faults after which something may lie in the store that the act believed to be gone, or not."""
Step = tuple[str, int]


@dataclass
class Outcome:
    """What became of one run."""

    plan: Plan
    place: str
    reached: bool = False
    error: str | None = None
    verdict: str | None = None
    """What a drill said of the backup, although something went wrong."""
    violations: list[Violation] = field(default_factory=list)
    duration_s: float = 0.0

    def __str__(self) -> str:
        broken = "; ".join(f"{one.law}: {one.what}" for one in self.violations)
        return f"{self.plan} at {self.place}: {broken or 'kept'} (it said: {self.error})"

    def as_dict(self) -> dict[str, Any]:
        """One line of the record of a long run."""
        return {**asdict(self.plan), **{k: v for k, v in asdict(self).items() if k != "plan"}}


@dataclass(frozen=True)
class Places:
    """Where a scenario can be struck: the calls and steps of a run without a fault."""

    calls: list[Call]
    steps: list[Step]


class AtStep:
    """A ``Progress`` that does something when one step is reached, and counts all."""

    def __init__(self, at: Step | None = None, do: Callable[[], None] = lambda: None) -> None:
        self.steps: list[Step] = []
        self.reached = False
        self._at, self._do = at, do
        self._counts: dict[str, int] = {}

    def step(self, name: str) -> None:
        """Count it, and act if it is the one."""
        self._counts[name] = nth = self._counts.get(name, 0) + 1
        self.steps.append((name, nth))
        if (name, nth) == self._at:
            self.reached = True
            self._do()

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Ignore amounts."""


class Runner:
    """Runs plans in one home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._places: dict[str, Places] = {}

    def run(self, plan: Plan) -> Outcome:
        """Run one plan from a clean beginning to a clean repetition."""
        begun = time.monotonic()
        act = ACTS[plan.scenario]
        places = self._places_of(plan.scenario)
        state = self._home.begin(act.begins_with, with_data=act.with_data)
        gone = act.goes(self._home)
        outcome = self._struck(plan, act, state, places)
        try:
            outcome.violations += laws.after_fault(self._home, act, state, gone)
            if plan.again is not None:
                second = replace(plan, fault=plan.again, share=plan.detail, detail=plan.share)
                outcome.violations += self._struck(second, act, state, places).violations
                outcome.violations += laws.after_fault(self._home, act, state, gone)
            self._repeat(plan, act, state, gone, outcome)
        except Exception as error:  # noqa: BLE001  a law that cannot be looked at is broken
            told = "".join(traceback.format_exception(error)[-4:])
            outcome.violations.append(Violation("law", told))
        outcome.duration_s = round(time.monotonic() - begun, 3)
        return outcome

    def _repeat(self, plan: Plan, act: Act, state: State, gone: set[str], outcome: Outcome) -> None:
        try:
            answer = act.do(self._home, SILENT)
        except Exception as error:  # noqa: BLE001  it becomes a finding
            if not _is_done(plan, outcome, error):
                told = "".join(traceback.format_exception(error)[-3:])
                outcome.violations.append(Violation("retry", told))
            answer = None
        outcome.violations += laws.nothing_lost(self._home, act, state, gone)
        if act.drilled and getattr(answer, "verdict", None) != "proven":
            outcome.violations.append(Violation("retry", f"the drill says {answer}"))
        outcome.violations += laws.after_retry(
            self._home,
            state,
            told_wrongly=not TOLD_WRONGLY.isdisjoint({plan.fault, plan.again}),
            thorough=plan.seed % THOROUGH_EVERY == 0,
        )

    def _places_of(self, name: str) -> Places:
        """Run a scenario without a fault once, and take down its calls and steps."""
        if name not in self._places:
            act = ACTS[name]
            self._home.begin(act.begins_with, with_data=act.with_data)
            counting, progress = Misbehaviour(), AtStep()
            with misbehaving(counting):
                act.do(self._home, progress)
            self._places[name] = Places(_choosable(counting.calls), progress.steps)
        return self._places[name]

    def _struck(self, plan: Plan, act: Act, state: State, places: Places) -> Outcome:
        if plan.fault in STORE_FAULTS:
            calls = [one for one in places.calls if plan.fault in FAULTS_OF[one.operation]]
            call = calls[int(plan.share * len(calls))]
            outcome = Outcome(plan, str(call))
            misbehaviour = Misbehaviour(call, plan.fault, plan.detail)
            with misbehaving(misbehaviour):
                if plan.fault in DEADLY:
                    outcome.reached = self._killed(act, SILENT)
                    return outcome
                answer = self._done(act, AtStep(), outcome)
            outcome.reached = misbehaviour.reached
            outcome.verdict = getattr(answer, "verdict", None)
            spoilt = misbehaviour.key if plan.fault in laws.SPOILING else None
            outcome.violations += laws.of_verdict(self._home, act, state, answer, spoilt)
            return outcome
        step = places.steps[int(plan.share * len(places.steps))]
        outcome = Outcome(plan, f"step {step[0]}, no. {step[1]}")
        if plan.fault == "killed_at_step":
            outcome.reached = self._killed(act, AtStep(step, _die))
            return outcome
        self._at_step(plan, act, step, outcome)
        return outcome

    def _at_step(self, plan: Plan, act: Act, step: Step, outcome: Outcome) -> None:
        clock = Clock()
        home = self._home
        strikes: dict[str, Callable[[], object]] = {
            "clock_forward": lambda: clock.jump(DAYS),
            "clock_back": lambda: clock.jump(-DAYS),
            "server_crashes": lambda: home.kill_server(signal.SIGQUIT),
            "server_killed": lambda: home.kill_server(signal.SIGKILL),
            "scratch_killed": home.kill_scratch_servers,
            "disk_full": home.fill,
        }
        progress = AtStep(step, lambda: strikes[plan.fault]() and None)
        try:
            with clock.jumping():
                answer = self._done(act, progress, outcome)
            outcome.verdict = getattr(answer, "verdict", None)
        finally:
            if plan.fault in DISK_FAULTS:
                home.make_room()
        outcome.reached = progress.reached

    def _done(self, act: Act, progress: AtStep, outcome: Outcome) -> object:
        try:
            return act.do(self._home, progress)
        except Exception as error:  # noqa: BLE001  whatever it is, the laws judge it
            outcome.error = f"{type(error).__name__}: {error}"
            found = [*laws.of_error(self._home, error)]
            if any(one.law == "error" for one in found):
                outcome.error += "".join(traceback.format_exception(error)[-6:])
            outcome.violations += found
            return None

    def _killed(self, act: Act, progress: Any) -> bool:
        """Do it in a process of its own that is to end by SIGKILL."""
        child = os.fork()
        if child == 0:
            self._die_at_work(act, progress)
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    def _die_at_work(self, act: Act, progress: Any) -> None:
        try:
            os.setpgid(0, 0)
            act.do(self._home, progress)
        except BaseException:  # noqa: BLE001  the parent sees that it was not killed
            traceback.print_exc()
            os._exit(3)
        os._exit(0)


class Clock:
    """The time of day as strongroom sees it."""

    def __init__(self) -> None:
        self._offset = dt.timedelta()

    def jump(self, days: int) -> None:
        """Go so many days forward, or back."""
        self._offset += dt.timedelta(days=days)

    @contextmanager
    def jumping(self) -> Iterator[None]:
        """Let every module of strongroom read this clock."""
        clock = self

        class Jumping(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
                return dt.datetime.now(tz) + clock._offset

        changed = _reading_the_clock()
        for module in changed:
            module.datetime = Jumping  # type: ignore[attr-defined]
        try:
            yield
        finally:
            for module in changed:
                module.datetime = dt.datetime  # type: ignore[attr-defined]


def _reading_the_clock() -> list[ModuleType]:
    """Every module of strongroom that asks what time it is."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("strongroom.")
        and getattr(module, "datetime", None) is dt.datetime
        and "datetime.now(" in inspect.getsource(module)
    ]


def _choosable(calls: list[Call]) -> list[Call]:
    """Every call but the many that write pieces: of those, the first and the middle one."""
    pieces: dict[tuple[str, str], int] = {}
    for call in calls:
        if call.operation == "write":
            key = (call.store, call.about)
            pieces[key] = max(pieces.get(key, 0), call.nth)
    return sorted(
        call
        for call in calls
        if call.operation != "write" or call.nth in (1, (pieces[call.store, call.about] + 1) // 2)
    )


def _is_done(plan: Plan, outcome: Outcome, error: Exception) -> bool:
    """Whether the act cannot be repeated because it was done: there is nothing to undo twice."""
    del outcome
    return plan.scenario == "undo" and "no swap to take back" in str(error)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
