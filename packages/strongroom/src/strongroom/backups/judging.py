"""The verdict is part of a backup: before it, and once more by what its snapshot counted."""

from __future__ import annotations

from collections.abc import Mapping

from strongroom.config import Configuration
from strongroom.errors import BackupError
from strongroom.identity.expectation import expectation
from strongroom.identity.gate import check
from strongroom.identity.verdicts import floor_limit, keep_of
from strongroom.ledger import ledger_of


def require_match(configuration: Configuration) -> None:
    """Judge the database that is to be backed up.

    Raises:
        RefusedError: it is not the expected one; the refusal is in the ledger.
    """
    judgement = check(configuration)
    if not judgement.matches:
        ledger_of(configuration).record("refused", **judgement.as_dict())
        raise judgement.refusal()


def require_floors(
    configuration: Configuration, incarnation: str, counts: Mapping[str, int]
) -> None:
    """Make sure that no table was emptied between the verdict and the snapshot.

    Raises:
        RefusedError: the database is still without its rows.
        BackupError: it has them again; the snapshot was taken when it had not.
    """
    expected = expectation(configuration)
    life = expected and expected.state.incarnation(incarnation)
    share = configuration.policy.shrink_share
    lost = [
        table
        for table, floor in (life.expected_rows if life else {}).items()
        if counts.get(table, 0) < floor_limit(floor, keep_of(table, configuration.keep), share)
    ]
    if lost:
        require_match(configuration)
        raise BackupError(
            f"Rows were missing for a moment while the backup was taken: {', '.join(lost)}.",
            next_step="strongroom backup",
        )
