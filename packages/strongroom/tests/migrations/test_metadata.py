"""``create_all`` and ``drop_all`` on a guarded engine."""

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from strongroom.identity import open_database
from strongroom.integrations.sqlalchemy import guarded_engine

if TYPE_CHECKING:
    from conftest import App


def test_create_all_makes_tables_and_drop_all_takes_none_that_holds_rows(app: "App") -> None:
    with open_database(app.configuration) as database:
        engine = guarded_engine(database, "migrator", poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("SET ROLE club_owner")
            made = sa.MetaData()
            sa.Table("medal", made, sa.Column("id", sa.Integer, primary_key=True))
            made.create_all(connection)
        before = app.facts()
        found = sa.MetaData()
        found.reflect(engine)
        assert "medal" in found.tables
        with engine.connect() as connection:
            connection.exec_driver_sql("SET ROLE club_owner")
            with pytest.raises(ProgrammingError, match="is refused"):
                found.drop_all(connection)
        assert app.facts() == before
