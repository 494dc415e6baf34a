"""One question, answered by the chosen engine or, where it fails, by the next one.

An engine works in a thread of its own, with a database session of its own that can only read: one
that stalls is left behind, and what it still says is heard by nobody. Nothing here is stored.
"""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from strideiq.coach.engines.door import Engine, EngineError, Question
from strideiq.coach.events import Ended, Event, Fallen, Looked, Said
from strideiq.coach.judging import judged
from strideiq.coach.tools.tool import Step, Toolbox
from strideiq.platform.logs import Log

TURN_S_MAX = 120.0
"""How long one engine may take."""
GLANCE_S = 0.2
"""How often it is asked whether the athlete has stopped the turn, while nothing happens."""
TOO_SLOW = "It did not answer in time."
BROKEN = "It broke while it was answering."
NOTHING_SHOWN = "Nothing that it said could be found in your record."

OpenTools = Callable[[Callable[[Step], None]], AbstractContextManager[Toolbox]]
"""Opens the tools of one engine's attempt; what it is given is told of each call."""

log = Log()


def answered(
    engines: Sequence[Engine],
    question: Question,
    open_tools: OpenTools,
    *,
    stopped: Callable[[], bool] = lambda: False,
    metric: bool = True,
    time_max_s: float = TURN_S_MAX,
) -> Iterator[Event]:
    """Everything that happens in a turn, as it happens; the last event is ``Ended``.

    The engines are tried in their order; the next one goes on where one has failed, or where
    nothing of it could be shown.
    """
    for place, engine in enumerate(engines):
        attempt = _Attempt(engine, question, open_tools, metric=metric)
        reason = yield from attempt.events(stopped, time_max_s)
        if attempt.stopped:
            yield Ended(engine.name, stopped=True)
            return
        if not reason and not attempt.shown and place + 1 < len(engines):
            reason = NOTHING_SHOWN
        if not reason:
            yield Ended(engine.name)
            return
        yield Fallen(engine.name, reason)
    yield Ended(engines[-1].name, failed=True)


@dataclass(frozen=True)
class _Over:
    """The engine has come to its end; ``reason`` is empty where that was a good one."""

    reason: str = ""


class _Attempt:
    """One engine at work on a question."""

    def __init__(
        self, engine: Engine, question: Question, open_tools: OpenTools, *, metric: bool
    ) -> None:
        self.stopped = False
        self.shown = 0
        self._engine = engine
        self._question = question
        self._open_tools = open_tools
        self._metric = metric
        self._heard: queue.SimpleQueue[Event | _Over] = queue.SimpleQueue()
        self._left = threading.Event()

    def events(self, stopped: Callable[[], bool], time_max_s: float) -> Generator[Event, None, str]:
        """Give what happens; the generator returns why the engine failed.

        That is an empty text where it did not, and where the athlete has stopped it.
        """
        deadline = time.monotonic() + time_max_s
        threading.Thread(target=self._work, name="coach engine", daemon=True).start()
        try:
            while True:
                if stopped():
                    self.stopped = True
                    return ""
                if time.monotonic() > deadline:
                    return TOO_SLOW
                try:
                    event = self._heard.get(timeout=GLANCE_S)
                except queue.Empty:
                    continue
                if isinstance(event, _Over):
                    return event.reason
                self.shown += isinstance(event, Said)
                yield event
        finally:
            self._left.set()

    def _work(self) -> None:
        """Run the engine until it ends or nobody listens any more."""
        try:
            with self._open_tools(self._looked) as tools:
                for event in judged(self._engine, self._question, tools, metric=self._metric):
                    if self._left.is_set():
                        return
                    self._heard.put(event)
            self._heard.put(_Over())
        except EngineError as error:
            self._heard.put(_Over(error.reason))
        except Exception as error:  # noqa: BLE001  whatever it is, the question stays and is answered
            # No text and no variables of it: they could hold the key of a provider.
            frames = traceback.extract_tb(error.__traceback__)
            where = f"{frames[-1].filename}:{frames[-1].lineno}"
            log.error("engine broke", engine=self._engine.name, by=type(error).__name__, at=where)  # noqa: TRY400  the same
            self._heard.put(_Over(BROKEN))

    def _looked(self, step: Step) -> None:
        if self._left.is_set():
            raise EngineError(TOO_SLOW)
        self._heard.put(Looked(step))
