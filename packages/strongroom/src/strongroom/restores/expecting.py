"""How long a restore will take, as far as earlier drills tell."""

from __future__ import annotations

from strongroom.backups import listed
from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.drills import proofs
from strongroom.errors import StrongroomError

LOOKED_AT = 5
"""So many backups are asked for a drill, from the newest on."""


def expected_s(configuration: Configuration, manifest: Manifest) -> float | None:
    """The duration of the newest proven drill of this backup, else of a like one by its size.

    None where nothing tells. It is an estimate and stops nothing: a store that cannot be asked
    is told by whoever needs it.
    """
    try:
        for backup in (manifest, *listed(configuration)[:LOOKED_AT]):
            if backup.method != manifest.method:
                continue
            for record in proofs(configuration, backup.backup_id):
                if record.verdict == "proven":
                    grown = manifest.database_size_bytes / max(backup.database_size_bytes, 1)
                    return round(record.duration_s * grown, 1)
    except StrongroomError:
        return None
    return None
