"""Look into a store without a configuration, a pin, a state or a ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

from pyrage import x25519

from strongroom.backups import Manifest, read_catalogue
from strongroom.backups.archive import open_archive
from strongroom.backups.catalogue import Damage
from strongroom.config import Configuration, default_document, parse
from strongroom.errors import (
    DamagedBackupError,
    NoSuchBackupError,
    StorageError,
    WrongKeyError,
)
from strongroom.identity.keys import read_identities
from strongroom.postgres.tools import running_tool
from strongroom.server.binaries import find_binaries
from strongroom.storage.opening import shown_address

UNKNOWN = "unknown"
_DATABASE = re.compile(rb";\s+dbname: (.*)\n")


@dataclass(frozen=True)
class Found:
    """What lies in a store, newest first."""

    address: str
    backups: Sequence[Manifest]
    damaged: Sequence[Damage]

    @property
    def databases(self) -> list[str]:
        """The databases that there are backups of, that of the newest first."""
        return list(dict.fromkeys(one.database_id for one in self.backups))

    def chosen(self, backup_id: str | None) -> Manifest:
        """The backup that is meant: by its name, else the newest of the only database.

        Raises:
            NoSuchBackupError: there is none, or there are several databases to choose from.
            DamagedBackupError: it is damaged, or the newest one is and none was named.
        """
        damaged = max(self.damaged, key=lambda one: one.backup_id, default=None)
        if backup_id is not None:
            for backup in self.backups:
                if backup.backup_id == backup_id:
                    return backup
            for damage in self.damaged:
                if damage.backup_id == backup_id:
                    raise damage.problem
            raise NoSuchBackupError(
                f"There is no backup {backup_id} in {self.address}.", next_step=self._listing
            )
        if damaged and not any(one.backup_id > damaged.backup_id for one in self.backups):
            raise DamagedBackupError(
                f"The newest backup in {self.address} is damaged: {damaged.problem.message}",
                next_step=f"{self._listing}, and name the one to restore",
            )
        if not self.backups:
            raise NoSuchBackupError(
                f"There is no backup in {self.address}.",
                next_step="give the address of the store itself: store.url of its strongroom.toml",
            )
        if len(self.databases) > 1:
            newest = ", ".join(
                next(one for one in self.backups if one.database_id == each).backup_id
                for each in self.databases
            )
            raise NoSuchBackupError(
                f"In {self.address} are backups of {len(self.databases)} databases; the newest of "
                f"each: {newest}.",
                next_step="name the backup that is meant: strongroom restore ID --store …",
            )
        return self.backups[0]

    @property
    def _listing(self) -> str:
        return f"strongroom backups --store {self.address}"


def absolute(address: str) -> str:
    """The address of a store; a path is taken from the working directory."""
    return address if "://" in address else str(Path(address).absolute())


def visiting(address: str, home: Path) -> Configuration:
    """A configuration that knows a store, and nothing of what lies in it.

    Raises:
        StorageError: there is no such directory.
    """
    located = absolute(address)
    if "://" not in located and not Path(located).is_dir():
        raise StorageError(
            f"There is no store at {located}: no such directory.",
            next_step="mount its disk, or correct the address",
        )
    return parse(home / "strongroom.toml", document_for(located, UNKNOWN, UNKNOWN, UNKNOWN))


def document_for(address: str, application: str, environment: str, database: str) -> str:
    """The text of a configuration whose backups lie elsewhere, and whose state is its own.

    The machine that the backup came from may be alive: its state in the store stays its own.
    """
    text = default_document(application=application, environment=environment, database=database)
    quoted = '"' + address.replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = text.replace('url = "store" ', f"url = {quoted} ")
    return text.replace(
        'cache = "state" ', 'url = "state-store"           # this home\'s own\ncache = "state" '
    )


def found_in(address: str, home: Path) -> Found:
    """List what lies in a store; nothing is written anywhere.

    Raises:
        StorageError: the store cannot be reached, or there is none.
    """
    catalogue = read_catalogue(visiting(address, home))
    return Found(shown_address(absolute(address)), catalogue.backups, catalogue.damaged)


def require_key(key: Path, manifest: Manifest) -> list[x25519.Identity]:
    """Refuse a key that cannot open a backup, before anything is read or written.

    Raises:
        WrongKeyError: it is none, or another one than those that the backup was made for.
    """
    identities = read_identities(key)
    ours = {str(one.to_public()) for one in identities}
    if ours.isdisjoint(manifest.recipients):
        raise WrongKeyError(
            f"The key in {key} does not open the backup {manifest.backup_id}: that was made for "
            f"{', '.join(manifest.recipients)}, and this is {', '.join(sorted(ours))}.",
            next_step="bring the private key that belongs to one of those",
        )
    return identities


def database_named_in(configuration: Configuration, manifest: Manifest) -> str:
    """The name of the database in a logical backup, as its archive has it.

    Raises:
        DamagedBackupError: the archive does not tell.
    """
    program = find_binaries().tool("pg_restore")
    with (
        open_archive(configuration, manifest) as archive,
        running_tool(program, ["--list"], {}, stdin=archive.fileno(), stdout=PIPE) as tool,
    ):
        told = tool.process.stdout.read() if tool.process.stdout else b""
        tool.finish()
    named = _DATABASE.search(told)
    if named is None:
        raise DamagedBackupError(
            f"The archive of {manifest.backup_id} does not tell its database's name.",
            next_step="strongroom backups, and use another one",
        )
    return named[1].decode()
