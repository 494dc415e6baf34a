"""A new machine: other directory, other user; nothing but the key and the store's address."""

from __future__ import annotations

import json
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from others import PASSWORD, database_of_others

from strongroom.backups import take
from strongroom.config import load
from strongroom.errors import (
    DamagedBackupError,
    NoSuchBackupError,
    RestoreError,
    StorageError,
    WrongKeyError,
)
from strongroom.identity import check, open_database
from strongroom.identity.keys import ensure_private_key
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.restores.new_machine import STEPS, restore_home
from strongroom.server.binaries import find_binaries
from strongroom.server.supervisor import RunningServer
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import SOAK

if TYPE_CHECKING:
    from conftest import Look

    from strongroom.config import Configuration

PROGRAM = """
import concurrent.futures.thread, contextlib, encodings, importlib, os, pkgutil, sys
import strongroom
if len(sys.argv[1]):  # all that is needed is imported first: it may lie where nobody else reads
    for module in (
        *pkgutil.iter_modules(encodings.__path__, "encodings."),
        *pkgutil.walk_packages(strongroom.__path__, "strongroom."),
    ):
        if not module.name.startswith(("strongroom.integrations", "strongroom.testing")):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    user, group = map(int, sys.argv[1].split(":"))
    os.setgroups([]), os.setgid(group), os.setuid(user)
from strongroom.cli import main
sys.argv[1:2] = []
main()
"""


class Machine:
    """A directory and a user of their own, with a copy of a key and a store that can be read."""

    def __init__(self, place: Path, configuration: Configuration) -> None:
        self.place = place / "elsewhere"
        self.place.mkdir()
        self.key, self.store = self.place / "saved-key.txt", self.place / "mounted"
        shutil.copy(configuration.private_key, self.key)
        shutil.copytree(configuration.store_url, self.store)
        self.user = _other_user()
        if self.user is not None:
            for path in (place, *place.parents):
                if path.owner() == "root" and path != Path("/"):
                    path.chmod(path.stat().st_mode | 0o011)
            for path in (self.place, *self.place.rglob("*")):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def run(self, command: str) -> Any:
        """Run a command as it was printed, and return its answer."""
        words = shlex.split(command)
        assert words.pop(0) == "strongroom"
        whom = f"{self.user.pw_uid}:{self.user.pw_gid}" if self.user else ""
        environment = {**os.environ, "HOME": str(self.place), "TMPDIR": "/tmp"}  # noqa: S108  sockets need a short one
        answer = subprocess.run(
            [sys.executable, "-c", PROGRAM, whom, *words, "--json"],
            check=False,
            capture_output=True,
            cwd=self.place,
            env=environment,
        )
        if answer.returncode != 0:
            pytest.fail(f"{command}: {answer.stdout.decode()} {answer.stderr.decode()}")
        return json.loads(answer.stdout)


def _other_user() -> pwd.struct_passwd | None:
    """Somebody else, where we may become them and they may run PostgreSQL."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    program = [find_binaries().tool("postgres"), "--version"]
    try:
        tried = subprocess.run(
            program, check=False, capture_output=True, user=nobody.pw_uid, cwd="/"
        )
    except PermissionError:
        return None
    return nobody if tried.returncode == 0 else None


@pytest.mark.parametrize("method", ["physical", "logical"][: 2 if os.environ.get(SOAK) else 1])
def test_the_printed_commands_make_a_home_of_key_and_address_alone(
    sample: Configuration, look: Look, tmp_path: Path, method: str
) -> None:
    before = look.contents(sample)
    if method == "physical":
        take(sample, method="physical")
    machine = Machine(tmp_path, sample)
    known = f"--store {machine.store} --key {machine.key}"
    told = machine.run(f"strongroom backups {known}")
    newest = told["backups"][0]
    assert newest["method"] == method
    assert newest["backup_id"] in told["opened_by_key"]
    made = machine.run(f"strongroom restore {known} --to {machine.place / 'home'}")
    assert made["plan"]["backup_id"] == newest["backup_id"]
    assert made["database"] == sample.database
    assert machine.run(made["next"])["verdict"] == "match"
    home = load(machine.place / "home" / "strongroom.toml")
    assert home.private_key.stat().st_mode & 0o077 == 0
    if machine.user is None:
        assert look.contents(home) == before
        with open_database(home) as database, connect(database.conninfo()) as connection:
            assert connection.execute("SELECT count(*) FROM public.gear").fetchone() == (2,)
    assert check(sample).matches, "the machine that it came from goes on"


def test_a_database_of_others_comes_back_as_one_of_our_own(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    (tmp_path / "old").mkdir()
    with database_of_others(server, tmp_path / "old") as others:
        old = others.configuration
    monkeypatch.delenv("PGPASSWORD")
    made = restore_home(old.store_url, old.private_key, tmp_path / "new")
    home = load(made.configuration)
    assert check(home).matches
    with open_database(home) as database, connect(database.conninfo()) as connection:
        assert connection.execute("SELECT count(*) FROM public.item").fetchone() == (300,)
        connection.execute("INSERT INTO public.item (name) VALUES ('new')")
    kept = made.configuration.read_bytes()
    with pytest.raises(RestoreError, match="holds something already"):
        restore_home(old.store_url, old.private_key, tmp_path / "new")
    assert made.configuration.read_bytes() == kept
    other = tmp_path / "other-key.txt"
    ensure_private_key(other)
    for address, key, error in (
        (old.store_url, other, WrongKeyError),
        (old.store_url, tmp_path / "none.txt", WrongKeyError),
        (str(tmp_path / "away"), old.private_key, StorageError),
        (str(tmp_path), old.private_key, NoSuchBackupError),
    ):
        with pytest.raises(error) as refusal:
            restore_home(address, key, tmp_path / "never")
        assert refusal.value.next_step
    manifest = next(Path(old.store_url).glob("backups/*/manifest-*"))
    manifest.chmod(0o600)
    manifest.write_bytes(manifest.read_bytes()[:-9])
    with pytest.raises(DamagedBackupError):
        restore_home(old.store_url, old.private_key, tmp_path / "never")
    assert not (tmp_path / "never").exists()


CHILD = """
import sys
from pathlib import Path
from strongroom.restores.new_machine import restore_home
from strongroom.testing.killing import KillAt
store, key, home, step = sys.argv[1:]
restore_home(store, Path(key), Path(home), progress=KillAt(step))
"""


@pytest.mark.parametrize("step", STEPS if os.environ.get(SOAK) else ["home.data"])
def test_a_new_home_that_was_killed_is_made_by_the_same_call(
    sample: Configuration, tmp_path: Path, step: str
) -> None:
    given = [sample.store_url, sample.private_key, tmp_path / "new"]
    assert run_forked(CHILD, *given, step) == -signal.SIGKILL, f"{step} not reached"
    if step != STEPS[-1]:
        assert not (tmp_path / "new" / "strongroom.toml").exists()
        restore_home(sample.store_url, sample.private_key, tmp_path / "new")
    assert check(load(tmp_path / "new" / "strongroom.toml")).matches
    assert not list((tmp_path / "new" / "scratch").glob("scratch-*"))
