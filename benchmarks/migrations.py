"""What a rehearsal says of a migration that rewrites a large table, and how near it comes.

Usage: ``python benchmarks/migrations.py [ROWS]``, by default 5,000,000. The home is made in the
temporary directory and removed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from strongroom.config import CONFIGURATION_NAME, default_document, load
from strongroom.errors import MigrationRefusedError
from strongroom.identity import init, open_database
from strongroom.migrations import migrate
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.protection import protect

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
ENV = """
from alembic import context
connection = context.config.attributes["connection"]
context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
"""
REVISION = """
from alembic import op
revision, down_revision = "{name}", {down!r}
strongroom_effects = {effects!r}
def upgrade():
    op.execute("{sql}")
def downgrade():
    pass
"""


def revision(home: Path, name: str, down: str | None, sql: str, *effects: str) -> None:
    """Write one revision."""
    text = REVISION.format(name=name, down=down, sql=sql, effects=effects)
    (home / "scripts" / "versions" / f"{name}.py").write_text(text)


def main() -> None:
    """Fill, rehearse, apply; then a migration that drops rows silently."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        (home / "scripts" / "versions").mkdir(parents=True)
        (home / "scripts" / "env.py").write_text(ENV)
        (home / "alembic.ini").write_text(
            "[alembic]\nscript_location = %(here)s/scripts\npath_separator = os\n"
        )
        path = home / CONFIGURATION_NAME
        path.write_text(default_document(application="big", environment="test", database="big"))
        configuration = load(path)
        init(configuration)
        revision(home, "one", None, "CREATE TABLE t (id int PRIMARY KEY, n int, words text)")
        revision(home, "two", "one", "ALTER TABLE t ALTER n TYPE bigint")
        revision(home, "three", "two", "DELETE FROM t WHERE id % 1000 = 0")
        with open_database(configuration) as database:
            migrate(database, home / "alembic.ini", target="one")
            with connect(database.conninfo()) as connection:
                connection.execute(
                    f"INSERT INTO t SELECT n, n, 'word ' || n FROM generate_series(1, {ROWS}) n"
                )
            protect(configuration)
            begun_s = time.monotonic()
            done = migrate(database, home / "alembic.ini", target="two")
            whole_s = time.monotonic() - begun_s
            if done.proof is None:
                sys.exit("nothing was rehearsed")
            rehearsal = done.proof.rehearsal
            print(f"{ROWS:,} rows, alter type: {whole_s:.1f} s for all of it")
            print(f"  rehearsal {rehearsal.duration_s:.2f} s")
            for lock in rehearsal.measures.locks.values():
                print(f"  {lock.table}: {lock.blocks} stopped for {lock.held_s:.2f} s")
            for rewrite in rehearsal.measures.rewrites:
                print(
                    f"  {rewrite.kind} {rewrite.relation}: {rewrite.size_bytes / 1e6:.0f} MB anew"
                )
            try:
                migrate(database, home / "alembic.ini")
            except MigrationRefusedError as error:
                print(f"  silent deletion: {error.message}")
            else:
                sys.exit("the silent deletion was not seen")


if __name__ == "__main__":
    main()
