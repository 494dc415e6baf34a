from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from strongroom.postgres.connections import connect
from strongroom.postgres.replication import position_of, segment_name, text_of

if TYPE_CHECKING:
    from conftest import Database


@given(st.integers(0, 2**64 - 1))
def test_a_position_is_read_as_it_is_written(position: int) -> None:
    assert position_of(text_of(position)) == position


def test_segments_are_named_as_the_server_names_them(database: Database) -> None:
    ours, query = [], "SELECT lsn::text, pg_walfile_name(lsn) FROM unnest(%s::pg_lsn[]) lsn"
    positions = [1, 0x1000001, 0xFF000001, 0x1_00000001, 0x1_FF123456, 0x12_34567890]
    with connect(database.conninfo) as connection:
        rows = connection.execute(query, [[text_of(one) for one in positions]]).fetchall()
    ours = [(text_of(one), segment_name(1, one, 16 << 20)) for one in positions]
    assert ours == rows
