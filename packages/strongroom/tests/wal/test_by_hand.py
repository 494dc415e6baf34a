"""The documented commands go on to a point in time without strongroom."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from strongroom.backups import take
from strongroom.backups.wal import branch_of_backup
from strongroom.identity import open_database
from strongroom.postgres.connections import connect
from strongroom.server.binaries import binaries_for_server
from strongroom.server.os_user import server_user

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share

from following import followed_home, following

DOCUMENT = Path(__file__).parents[4] / "docs/reference/backup-format.md"
TOOLS = {
    "age": """
import sys, pyrage
key = [line for line in open(sys.argv[3]).read().split() if line.startswith("AGE-")][0]
identity = pyrage.x25519.Identity.from_str(key)
sys.stdout.buffer.write(pyrage.decrypt(open(sys.argv[4], "rb").read(), [identity]))
""",
    "zstd": """
import sys, zstandard
sys.stdout.buffer.write(zstandard.ZstdDecompressor().stream_reader(sys.stdin.buffer).read())
""",
}
POSITION = "SELECT pg_catalog.pg_current_wal_insert_lsn()::text"


def test_the_documented_commands_go_on_to_a_point_in_time(tmp_path: Path) -> None:
    configuration = followed_home(tmp_path / "home")
    with (
        open_database(configuration) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        manifest = take(configuration, database, method="physical")
        with following(configuration) as at_work:
            connection.execute("CREATE TABLE public.run AS SELECT generate_series(1, 9)")
            connection.execute("SELECT pg_catalog.pg_switch_wal()")
            connection.execute("INSERT INTO public.run VALUES (10)")
            ((target,),) = connection.execute(POSITION).fetchall()
            connection.execute("DELETE FROM public.run")
            ((end,),) = connection.execute(POSITION).fetchall()
            at_work.until_stored(end)
    assert manifest.physical is not None
    _, unpacking, onward = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    user, programs = server_user(), binaries_for_server().directory
    with tempfile.TemporaryDirectory(prefix="by-hand-") as directory:
        place, store = Path(directory), Path(configuration.store_url)
        for name, code in TOOLS.items():
            (place / name).write_text(f"#!{sys.executable}\n{code}")
            (place / name).chmod(0o755)
        shutil.copytree(store / "backups" / manifest.backup_id, place, dirs_exist_ok=True)
        shutil.copytree(store / branch_of_backup(manifest).prefix, place / "log")
        shutil.copy(configuration.private_key, place / "backup-key.txt")
        search = f"{place}:{programs}:{os.environ['PATH']}"
        given = {"PATH": search, "PROOF": manifest.physical.proof, "TARGET": target}
        for commands in (unpacking, onward):
            lines = commands.strip().rsplit("\n", 1)[0]  # all but the start of the server
            subprocess.run(["/bin/sh", "-e", "-c", lines], cwd=place, env=given, check=True)
        subprocess.run(["chown", "-R", f"{user.uid}:{user.gid}", place], check=True)
        as_user: Any = {"cwd": place, "stdout": DEVNULL, **user.spawn_options()}
        as_user["env"] = {**as_user.get("env", {}), "PATH": search}
        control = [programs / "pg_ctl", "--pgdata", "data", "--wait"]
        options = ["--log", "server.log", "--options", f"-k {place}"]
        subprocess.run([*control, *options, "start"], check=True, **as_user)
        try:
            where = {"host": directory, "user": "strongroom_admin", "dbname": "runs"}
            with connect(where, autocommit=True) as connection:
                while connection.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
                    pass
                count = connection.execute("SELECT count(*) FROM public.run").fetchone()
        finally:
            subprocess.run([*control, "--mode", "immediate", "stop"], check=True, **as_user)
    assert count == (10,)
