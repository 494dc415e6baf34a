"""What a configuration says, once it has been understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

CONFIGURATION_NAME = "strongroom.toml"
LOCK_NAME = "strongroom.lock"
MAIN = "main"
"""What the database of an application with one database is called."""

Keep = Literal["share", "all", "none"]


@dataclass(frozen=True)
class ServerSettings:
    """A PostgreSQL server that strongroom supervises itself."""

    data_directory: Path
    run_directory: Path
    log_directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """Extra ``postgresql.conf`` settings, by name."""


@dataclass(frozen=True)
class Policy:
    """Limits that decide when something is refused or warned about."""

    shrink_share: float = 0.2
    """The share of a table's floor that may be missing before the verdict is ``shrunk``."""
    failover_loss_max_s: int = 60
    replica_lag_max_s: int = 300
    state_age_max_s: int = 7 * 86_400
    """How long the cached state decides while its store cannot be reached."""
    count_time_max_s: float = 2.0
    """Time limit of one exact count during a check."""
    start_wait_max_s: float = 15.0
    """How long a server of others is waited for that says that it is still starting."""
    backup_age_max_s: int = 26 * 3_600
    proof_age_max_s: int = 26 * 3_600
    store_free_share_min: float = 0.1
    """The share of the store's disk that should be free; 0 asks for none."""


@dataclass(frozen=True)
class Configuration:
    """One application's database in one environment, and where its safety lives.

    ``server`` is None when the database is on a server that others run; then ``url`` says
    where, without a password (libpq's own sources supply it).
    """

    path: Path
    application: str
    environment: str
    database: str
    url: str | None
    server: ServerSettings | None
    store_url: str
    state_url: str
    state_cache: Path
    private_key: Path
    passwords: Path
    policy: Policy
    keep: Mapping[str, Keep]
    protection: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[protection]`` as written; its room reads it."""
    permits: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[permits]`` as written; its room reads it."""
    key: str = MAIN
    """What the file calls this database; ``main`` unless there are several."""
    migrations: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[migrations]`` as written; its room reads it."""
    retention: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[retention]`` as written; the room of backups reads it."""
    copies: tuple[str, ...] = ()
    """Other stores that every backup is copied to."""
    anchor_url: str | None = None
    """The store that the ledger is anchored in, where it is not the one that is used."""
    alerts: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The table ``[alerts]`` as written; its room reads it. It may hold secrets."""
    schedule: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[schedule]`` as written; its room reads it."""
    backup: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[backup]`` as written; its room reads it."""
    drill: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[drill]`` as written; its room reads it."""
    wal: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[wal]`` as written; the room of backups reads it."""
    audit: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[audit]`` as written; the report reads it."""
    keys_elsewhere: bool = False
    """Whether it is meant to be so that no private key is on this machine."""
    administrator: str | None = None
    """How an administrator connects to a server of others; needed for guards and permits only."""
    backup_url: str | None = None
    """How a role connects to a server of others that takes its backups; else as administrator."""

    @property
    def directory(self) -> Path:
        """The directory that relative paths of this configuration start from."""
        return self.path.parent

    def with_store(self, url: str | None) -> Self:
        """The same, with backups from another store: a copy. State and ledger stay where they are.

        A path that is not absolute is taken from the working directory.
        """
        if url is None:
            return self
        located = url if "://" in url else str(Path(url).absolute())
        return replace(self, store_url=located, anchor_url=self.anchor_url or self.store_url)

    @property
    def lock_path(self) -> Path:
        """Where the pin lies."""
        return self.directory / LOCK_NAME

    @property
    def ledger_path(self) -> Path:
        """The append-only record of every act."""
        return self.state_cache / "ledger.jsonl"

    @property
    def scratch_directory(self) -> Path:
        """Where scratch servers and restored copies are made."""
        return self.directory / "scratch"

    @property
    def kept_directory(self) -> Path:
        """Where databases go that a swap has replaced. Nothing here is ever removed by us."""
        return self.directory / "kept" / part_of(self.key)


def part_of(key: str) -> str:
    """The part of a path that tells databases apart; ``main`` is where the only one would be."""
    return "" if key == MAIN else key
