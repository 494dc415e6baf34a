from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from strongroom.config import Configuration
from strongroom.errors import ConfirmationNeededError, RefusedError
from strongroom.identity import Judgement, Verdict, accept, check, open_database, restamp
from strongroom.identity.tokens import issue_token, use_token
from strongroom.ledger import ledger_of

from .conftest import copy_home


def yes(judgement: Judgement) -> str:
    return f"a test that accepts {judgement.verdict}"


def no(judgement: Judgement) -> str:
    raise ConfirmationNeededError(f"no to {judgement.verdict}", next_step="")


def make_rolled_back(home: Configuration, tmp_path: Path) -> None:
    older = copy_home(home.directory, tmp_path / "older")
    with open_database(home):
        pass
    replace_data(home, older)


def make_clone(home: Configuration, tmp_path: Path) -> None:
    copy = copy_home(home.directory, tmp_path / "copy")
    for one in (home, copy):
        with open_database(one):
            pass
    replace_data(home, copy)


def make_shrunk(home: Configuration, _: Path) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as connection,
    ):
        connection.execute("DELETE FROM run WHERE id > 100")


def replace_data(home: Configuration, other: Configuration) -> None:
    assert home.server is not None
    shutil.rmtree(home.server.data_directory)
    (other.directory / "data").rename(home.server.data_directory)


def make_unknown_life(home: Configuration, _: Path) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.administrator()) as connection,
    ):
        restamp(connection, environment="production")


MAKE = [
    (Verdict.ROLLED_BACK, make_rolled_back),
    (Verdict.CLONE, make_clone),
    (Verdict.CLONE, make_unknown_life),
    (Verdict.SHRUNK, make_shrunk),
]


@pytest.mark.parametrize(("verdict", "make"), MAKE)
def test_what_a_person_accepts_matches_from_then_on(
    verdict: Verdict,
    make: Callable[[Configuration, Path], None],
    home: Configuration,
    tmp_path: Path,
) -> None:
    make(home, tmp_path)
    judgement = check(home)
    assert judgement.verdict is verdict
    assert judgement.accept is not None
    after = accept(home, verdict=verdict, fingerprint=judgement.fingerprint, confirm=yes)
    assert after.matches
    with open_database(home):
        pass
    assert check(home).matches
    assert ledger_of(home).contains("accept", verdict=str(verdict))


def test_nothing_is_accepted_without_confirmation(home: Configuration, tmp_path: Path) -> None:
    make_shrunk(home, tmp_path)
    judgement = check(home)
    with pytest.raises(ConfirmationNeededError):
        accept(home, verdict=Verdict.SHRUNK, fingerprint=judgement.fingerprint, confirm=no)
    assert check(home).verdict is Verdict.SHRUNK


def test_another_find_than_the_named_one_is_not_accepted(
    home: Configuration, tmp_path: Path
) -> None:
    make_shrunk(home, tmp_path)
    before = check(home)
    with (
        open_database(home, read_only=True) as database,
        psycopg.connect(**database.administrator()) as connection,
    ):
        connection.execute("DELETE FROM run WHERE id > 50")
    with pytest.raises(ConfirmationNeededError):
        accept(home, verdict=Verdict.SHRUNK, fingerprint=before.fingerprint, confirm=yes)


def test_an_empty_database_can_never_be_accepted(home: Configuration) -> None:
    assert home.server is not None
    shutil.rmtree(home.server.data_directory)
    judgement = check(home)
    assert judgement.accept is None
    with pytest.raises(RefusedError):
        accept(home, verdict=Verdict.EMPTY, fingerprint=judgement.fingerprint, confirm=yes)


def test_a_token_works_once_for_its_purpose(home: Configuration, tmp_path: Path) -> None:
    token = tmp_path / "token"
    issue_token(home, purpose="accept shrunk abc", destination=token)
    assert token.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfirmationNeededError):
        use_token(home, purpose="accept clone abc", source=token)
    use_token(home, purpose="accept shrunk abc", source=token)
    with pytest.raises(ConfirmationNeededError):
        use_token(home, purpose="accept shrunk abc", source=token)


def test_an_old_token_does_not_work(
    home: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strongroom.identity.tokens.VALID_FOR", -timedelta(seconds=1))
    issue_token(home, purpose="x", destination=tmp_path / "token")
    with pytest.raises(ConfirmationNeededError):
        use_token(home, purpose="x", source=tmp_path / "token")
