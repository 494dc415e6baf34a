"""Tests that reach real data through the application: by HTTP, which no driver's guard sees."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
from laboratory import Case, Laboratory, Target
from suites import Suite, pinned_bare

from strongroom.identity import check
from strongroom.leaks import find_leaks

SIGNS_UP = """
import os, urllib.request
SHOP = os.environ["SHOP_ADDRESS"]
def test_new_users_are_welcome():
    for number in range(40):
        if number == 31:
            os._exit(9)  # killed: what follows, and the clean-up, never happens
        body = f"user-{{number:08x}}@example.com".format(number=number).encode()
        urllib.request.urlopen(urllib.request.Request(SHOP, body, method="POST")).close()
"""
CLEARS = """
import os, urllib.error, urllib.request
for number in range(1, 201):
    request = urllib.request.Request(f"{os.environ['SHOP_ADDRESS']}{number}", method="DELETE")
    try:
        urllib.request.urlopen(request).close()
    except urllib.error.HTTPError:
        pass  # the next one may do
"""


@contextmanager
def shop_by_http(shop: Target) -> Iterator[str]:
    """The application that the tests talk to; it works in its own database, as it always does."""
    with shop.connect() as connection:

        class Shop(BaseHTTPRequestHandler):
            def _answer(self, act: Callable[[], object]) -> None:
                try:
                    act()
                    self.send_response(204)
                except psycopg.Error:
                    self.send_response(409)
                self.end_headers()

            def do_POST(self) -> None:
                email = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(
                    lambda: connection.execute(
                        "INSERT INTO account (id, email, name, created_at) "
                        "SELECT max(id) + 1, %s, 'Robin', now() FROM account",
                        [email],
                    )
                )

            def do_DELETE(self) -> None:
                number = self.path.rsplit("/", 1)[1]
                self._answer(
                    lambda: connection.execute("DELETE FROM project WHERE id = %s", [number])
                )

            def log_message(self, *_: object) -> None:
                """Say nothing of each request."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()


@pytest.mark.incident("T15", "browser tests leave accounts among real ones", by="leaks")
def test_accounts_that_a_killed_run_left_are_told_from_real_people(
    laboratory: Laboratory, case: Case, tmp_path: Path
) -> None:
    suite = Suite(tmp_path)
    suite.write(test_sign_up=SIGNS_UP.replace("{{", "{").replace("}}", "}"))
    target, _ = pinned_bare(laboratory, tmp_path / "app")
    target.execute("UPDATE account SET email = 'person' || id || '@city-runners.net'")
    with shop_by_http(target) as address:
        assert suite.run("-p", "no:strongroom", SHOP_ADDRESS=address).returncode == 9
    assert target.contents()["public.account"].total() == 363 + 31
    case.happens("31 accounts of tests stay among 363 real ones, and nobody knows which")
    with psycopg.connect(**laboratory.server.administrator(target.name)) as connection:  # type: ignore[arg-type]
        found = find_leaks(connection)
    assert found.rows == {"public.account": frozenset(str(364 + number) for number in range(31))}
    case.defended("**not stopped**: `leaks` lists exactly the 31 afterwards, and no real account")


@pytest.mark.incident(
    "T16", "a verification script deletes all by the API first", by="delete budget, identity"
)
def test_a_script_that_clears_by_the_api_is_stopped_early_or_at_least_noticed(
    laboratory: Laboratory, case: Case, tmp_path: Path
) -> None:
    suite = Suite(tmp_path)
    suite.write(verify=CLEARS)

    def act(shop: Target) -> None:
        with shop_by_http(shop) as address:
            finished = suite.run(program="verify", SHOP_ADDRESS=address)
            assert finished.returncode in {0, 1}, finished.stderr

    target, configuration = pinned_bare(laboratory, tmp_path / "app")
    assert case.loses(act, target) == {"public.project": 200}
    assert check(configuration).verdict == "shrunk"
    guarded = laboratory.guarded()
    act(guarded)
    kept = guarded.contents()["public.project"].total()
    assert 300 * 0.8 <= kept < 300
    case.defended(f"refused after {300 - kept} of 300; without that, `check` says `shrunk`")
