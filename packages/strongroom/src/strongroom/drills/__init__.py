"""Proof that a backup can be restored: loaded into a scratch server and compared."""

from strongroom.drills.space import free_bytes_at, nearest_existing, needed_bytes, require_space

__all__ = ["free_bytes_at", "nearest_existing", "needed_bytes", "require_space"]
