"""Break-glass: a person says that what was refused is the right database all the same.

Only the state changes; nothing is written into the database. What is accepted is named by its
fingerprint, so that something else that has come in its place meanwhile is not accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from strongroom.config import Configuration
from strongroom.errors import ConfirmationNeededError
from strongroom.identity.expectation import expectation
from strongroom.identity.gate import check
from strongroom.identity.judgement import ACCEPTABLE, Judgement, judge
from strongroom.identity.lives import accepted
from strongroom.identity.observation import Expected, Observation
from strongroom.identity.places import opened
from strongroom.identity.state import State
from strongroom.identity.state_store import state_store_of
from strongroom.identity.verdicts import Verdict
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT, Progress

Confirm = Callable[[Judgement], str]
"""Has the act confirmed, and says how (``terminal``, ``token``).

Raises ConfirmationNeededError where it is not confirmed.
"""


def accept(
    configuration: Configuration,
    *,
    verdict: Verdict,
    fingerprint: str,
    confirm: Confirm,
    progress: Progress = SILENT,
) -> Judgement:
    """Make what was found the expected database; return the judgement that follows.

    Raises:
        RefusedError: this verdict is not one that can be accepted.
        ConfirmationNeededError: something else was found, or nobody confirmed it.
        StateError: the state could not be moved forward.
    """
    expected = expectation(configuration)
    with opened(configuration, expected, progress=progress) as place:
        found = place.found
    judgement = judge(expected, found, configuration)
    if judgement.matches:
        raise ConfirmationNeededError(
            "The database matches: there is nothing to accept.", next_step="strongroom check"
        )
    if expected is None or judgement.verdict not in ACCEPTABLE:
        raise judgement.refusal()
    if (judgement.verdict, judgement.fingerprint) != (verdict, fingerprint):
        raise ConfirmationNeededError(
            f"What is there now is {judgement.verdict} with fingerprint {judgement.fingerprint}, "
            f"not {verdict} with {fingerprint}. Nothing was accepted.",
            next_step="strongroom check",
        )
    confirmed_by = confirm(judgement)
    _change_state(configuration, expected, found)
    ledger_of(configuration).record("accept", confirmed_by=confirmed_by, **judgement.as_dict())
    return check(configuration, progress=progress)


def _change_state(configuration: Configuration, expected: Expected, found: Observation) -> None:
    if found.identity is None:  # every acceptable verdict is about a database of ours
        raise ConfirmationNeededError("Nothing of ours was found.", next_step="strongroom check")
    floors, since = expected.life_of(found).floors, datetime.now(UTC).isoformat(timespec="seconds")

    def change(state: State) -> State:
        return accepted(state, found, floors, since=since)

    state_store_of(configuration, expected.pin.database_id).advance(change)
