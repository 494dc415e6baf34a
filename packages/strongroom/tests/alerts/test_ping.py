from __future__ import annotations

import pytest

from strongroom.alerts import Address, Ping
from strongroom.errors import AlertError
from strongroom.testing.http_sink import Sink


def ping_to(address: str, *, stages: bool = True) -> Ping:
    return Ping(Address("http 1", address), stages, timeout_s=0.5)


def test_stages_are_told_by_the_end_of_the_path_and_the_query_is_kept(sink: Sink) -> None:
    ping = ping_to(f"http://127.0.0.1:{sink.port}/check/?create=1")
    ping.request("start")
    ping.request()
    ping.request("fail")
    assert sink.paths == ["/check/start?create=1", "/check?create=1", "/check/fail?create=1"]


def test_without_stages_only_that_all_is_well_is_told(sink: Sink) -> None:
    ping = ping_to(f"http://127.0.0.1:{sink.port}", stages=False)
    ping.request("start")
    ping.request("fail")
    ping.request()
    assert sink.paths == ["/"]


@pytest.mark.parametrize("fault", ["redirect", "error", "silence", "nobody", "no address"])
def test_a_ping_that_is_not_answered_is_an_error_that_shows_no_address(
    sink: Sink, fault: str
) -> None:
    address = f"http://127.0.0.1:{sink.port}/secret"
    if fault == "silence":
        sink.answers.clear()
    elif fault == "nobody":
        address = "http://127.0.0.1:1/secret"
    elif fault == "no address":
        address = "ftp://secret"
    else:
        sink.status = 302 if fault == "redirect" else 503
    with pytest.raises(AlertError, match="not answered") as failed:
        ping_to(address).request()
    assert "secret" not in failed.value.message
