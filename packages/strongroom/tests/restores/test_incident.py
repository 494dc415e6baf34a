"""The founding incident in miniature: the data are elsewhere, and something else is in place.

Whatever that is, nothing is written to it; a restore brings everything back; what lay there is
kept byte for byte; undo returns to it.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.errors import RefusedError
from strongroom.identity import check, init, open_database
from strongroom.integrations.sqlalchemy import guarded_engine
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.roles import create_database, create_roles, new_passwords, roles_of
from strongroom.restores import restore, undo
from strongroom.server.supervisor import Supervisor
from strongroom.testing.settings import LOGICAL

if TYPE_CHECKING:
    from conftest import Look

CLI = "from strongroom.cli import main; main()"


def _nothing(configuration: Configuration) -> None:
    del configuration


def _an_empty_directory(configuration: Configuration) -> None:
    assert configuration.server is not None
    configuration.server.data_directory.mkdir()


def _a_stranger_s_files(configuration: Configuration) -> None:
    assert configuration.server is not None
    configuration.server.data_directory.mkdir()
    (configuration.server.data_directory / "notes.txt").write_text("not a cluster")


def _a_plain_cluster(configuration: Configuration) -> None:
    assert configuration.server is not None
    Supervisor(configuration.server).initialise()


def _another_home_s_cluster(configuration: Configuration) -> None:
    assert configuration.server is not None
    other = configuration.directory.parent / "other"
    other.mkdir()
    path = other / CONFIGURATION_NAME
    path.write_text(
        default_document(application="runs", environment="test", database="runs") + LOGICAL
    )
    init(load(path))
    (other / "data").rename(configuration.server.data_directory)
    shutil.rmtree(other)


def _a_cluster_with_our_roles_and_no_tables(configuration: Configuration) -> None:
    assert configuration.server is not None
    supervisor, roles = Supervisor(configuration.server), roles_of(configuration.application)
    supervisor.initialise()
    with (
        supervisor.running() as server,
        connect(server.administrator(), autocommit=True) as connection,
    ):
        create_roles(connection, roles, new_passwords(roles))
        create_database(connection, configuration.database, roles)


IN_ITS_PLACE = [
    (_nothing, "empty"),
    (_an_empty_directory, "empty"),
    (_a_stranger_s_files, "foreign"),
    (_a_plain_cluster, "empty"),
    (_another_home_s_cluster, "foreign"),
    (_a_cluster_with_our_roles_and_no_tables, "empty"),
]


@pytest.mark.parametrize(
    ("replace", "verdict"), IN_ITS_PLACE, ids=[one.__name__[1:] for one, _ in IN_ITS_PLACE]
)
def test_what_was_lost_comes_back_and_what_lay_there_is_kept(
    sample: Configuration,
    look: "Look",
    replace: Callable[[Configuration], None],
    verdict: str,
) -> None:
    assert sample.server is not None
    data = sample.server.data_directory
    whole = look.contents(sample)
    data.rename(data.with_name("moved-away"))
    replace(sample)
    found = look.tree(data)

    with pytest.raises(RefusedError), open_database(sample):
        pass
    assert check(sample).verdict == verdict
    assert ledger_of(sample).contains("refused", verdict=verdict)
    assert look.tree(data) == found, "something was written to a database that is not ours"

    restored = restore(sample, swap=True)
    assert check(sample).verdict == "match"
    assert look.contents(sample) == whole
    assert (look.tree(restored.kept) if restored.kept else None) == found

    undo(sample)
    assert look.tree(data) == found
    assert check(sample).verdict == verdict
    undo(sample)
    assert look.contents(sample) == whole
    assert check(sample).verdict == "match"


def test_undo_to_a_stranger_s_cluster_does_not_start_it_for_those_who_wait(
    sample: Configuration, look: "Look"
) -> None:
    assert sample.server is not None
    data = sample.server.data_directory
    data.rename(data.with_name("moved-away"))
    _a_plain_cluster(sample)
    found = look.tree(data)
    restore(sample, swap=True)
    with open_database(sample):
        undo(sample)
        assert look.tree(data) == found
    assert look.tree(data) == found


def test_a_running_application_survives_the_swap(sample: Configuration) -> None:
    """Its pool reconnects by itself, to the restored database, past the gate."""
    with open_database(sample) as database:
        engine = guarded_engine(database)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO public.nothing VALUES (1)"))
        assert _counted(engine) == 1
        subprocess.run(
            [sys.executable, "-c", CLI, "--config", sample.path, "restore", "--swap", "--json"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with pytest.raises(OperationalError):
            _counted(engine)  # the connection that the swap has cut
        assert _counted(engine) == 0
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO public.nothing VALUES (2)"))
        engine.dispose()
    assert check(sample).verdict == "match"


def _counted(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.execute(text("SELECT count(*) FROM public.nothing")).scalar_one())
