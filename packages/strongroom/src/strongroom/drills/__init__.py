"""Proof that a backup can be restored: loaded into a scratch server and compared."""

from strongroom.drills.comparison import Check, TableContent, TableResult, Verdict
from strongroom.drills.contents import promised_as_text, promised_by, survey_tables
from strongroom.drills.drill import RECOVERY_SETTINGS, STEPS, drill
from strongroom.drills.onward import Onward, Reached
from strongroom.drills.proofs import (
    as_verdicts,
    deciding_drills,
    drill_verdicts,
    latest_proof,
    proofs,
    proven_backups,
    require_as_written,
)
from strongroom.drills.records import DrillRecord
from strongroom.drills.recovery import Recovered, recovered
from strongroom.drills.reload import STEPS as RELOAD_STEPS
from strongroom.drills.reload import (
    Reloaded,
    fill_database,
    load_archive_into,
    obstacles_of,
    prepare_database,
)
from strongroom.drills.space import (
    FreeBytes,
    free_bytes_at,
    nearest_existing,
    needed_bytes,
    needed_for,
    require_space,
)

__all__ = [
    "RECOVERY_SETTINGS",
    "RELOAD_STEPS",
    "STEPS",
    "Check",
    "DrillRecord",
    "FreeBytes",
    "Onward",
    "Reached",
    "Recovered",
    "Reloaded",
    "TableContent",
    "TableResult",
    "Verdict",
    "as_verdicts",
    "deciding_drills",
    "drill",
    "drill_verdicts",
    "fill_database",
    "free_bytes_at",
    "latest_proof",
    "load_archive_into",
    "nearest_existing",
    "needed_bytes",
    "needed_for",
    "obstacles_of",
    "prepare_database",
    "promised_as_text",
    "promised_by",
    "proofs",
    "proven_backups",
    "recovered",
    "require_as_written",
    "require_space",
    "survey_tables",
]
