"""A connection that cannot be made ends in time, and with a way on that fits."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from strongroom.errors import ServerError
from strongroom.postgres import connect, connections


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    monkeypatch.setattr(connections, "CONNECT_TIMEOUT_S", 2)  # libpq waits for no less
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        with pytest.raises(ServerError, match="timeout expired") as refused:
            connect({"host": host, "port": port, "user": "me", "dbname": "shop"})
    assert "see whether that server answers" in refused.value.next_step


def test_a_database_that_is_missing_is_looked_for_by_its_name(database: Any) -> None:
    with pytest.raises(ServerError, match="does not exist") as refused:
        connect({**database.conninfo, "dbname": "shpo"})
    assert "correct the name in the address" in refused.value.next_step
