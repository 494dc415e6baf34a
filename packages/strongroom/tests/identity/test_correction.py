"""An address that leads to the wrong database is mended by the command that is printed."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from strongroom.config import Configuration, default_document, parse
from strongroom.identity.correction import correction, unmended
from strongroom.identity.uri import parsed
from strongroom.identity.whereabouts import (
    NAME,
    Whereabouts,
    configured_whereabouts,
    remember,
    remembered,
    whereabouts_of,
)

SECRET = "hu&sh|.*"
WRONG = f"postgresql+psycopg://shop:{SECRET}@db.example:5432/shop?sslmode=require"
RIGHT = Whereabouts("127.0.0.1", "5433", "preview", "shop")
WHY = "it was last opened at"


@pytest.fixture
def preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    text = default_document(application="shop", environment="preview", database="shop")
    found = parse(tmp_path / "strongroom.toml", text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", WRONG)
    (tmp_path / ".git").mkdir()
    return replace(found, server=None, url="$DATABASE_URL")


def leads_to(address: str) -> Whereabouts:
    return whereabouts_of(parsed(address, where="here"))


def run(command: str, directory: Path) -> str:
    """Type a command; the address that the shell has afterwards."""
    script = f'{command}\nprintf %s "$DATABASE_URL"'
    shell = subprocess.run(
        ["sh", "-euc", script], cwd=directory, capture_output=True, text=True, check=True
    )
    return shell.stdout


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (".env", "DATABASE_URL={}"),
        (".env", "export DATABASE_URL='{}'"),
        (".env.preview", 'DATABASE_URL="{}"'),
        ("docker-compose.yml", "      DATABASE_URL: {}"),
        ("compose.override.yaml", "      - DATABASE_URL={}"),
    ],
)
def test_the_line_that_says_so_is_named_and_mended_and_so_is_the_shell(
    preview: Configuration, tmp_path: Path, name: str, line: str
) -> None:
    path = tmp_path / name
    path.write_text(f"OTHER=1\n{line.format(WRONG)}\nLAST=2\n")
    note = correction(preview, leads_to(WRONG), RIGHT, WHY)
    assert f"line 2 of {name}" in note.told
    assert SECRET not in note.told
    assert SECRET not in str(note.next)
    assert note.next is not None
    right = WRONG.replace("db.example:5432/shop", "127.0.0.1:5433/preview")
    assert run(note.next, tmp_path) == right
    assert path.read_text() == f"OTHER=1\n{line.format(right)}\nLAST=2\n"


def test_a_file_that_is_another_environment_s_or_leads_elsewhere_is_not_touched(
    preview: Configuration, tmp_path: Path
) -> None:
    (tmp_path / ".env.production").write_text(f"DATABASE_URL={WRONG}\n")
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://shop@127.0.0.1:5433/preview\n")
    note = correction(preview, leads_to(WRONG), RIGHT, WHY)
    assert note.next is not None
    assert note.next.startswith("export DATABASE_URL=")
    assert "this shell" in note.told
    assert leads_to(run(note.next, tmp_path)) == RIGHT


def test_an_address_in_the_configuration_is_mended_there(
    preview: Configuration, tmp_path: Path
) -> None:
    written = "postgresql://shop@db.example/shop"
    preview.path.write_text(f'[database]\nurl = "{written}"\n')
    note = correction(replace(preview, url=written), leads_to(written), RIGHT, WHY)
    assert note.next is not None
    run(note.next, tmp_path)
    assert preview.path.read_text() == (
        '[database]\nurl = "postgresql://shop@127.0.0.1:5433/preview"\n'
    )


def test_of_another_user_the_password_is_not_known_so_the_line_is_named(
    preview: Configuration, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={WRONG}\n")
    note = correction(preview, leads_to(WRONG), replace(RIGHT, user="another"), WHY)
    assert note.next == (
        "write the address of 127.0.0.1:5433/preview as user another into line 1 of .env"
    )


def test_where_nobody_knows_better_it_is_said_who_gave_it(
    preview: Configuration, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"DATABASE_URL={WRONG}\n")
    note = unmended(preview, leads_to(WRONG), known_before=False)
    assert note.told == (
        "The variable DATABASE_URL (line 1 of .env) leads to db.example:5432/shop."
    )
    assert note.next is None


def test_what_is_remembered_has_no_password_and_is_of_one_database(
    preview: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview.state_cache.mkdir(parents=True)
    assert remembered(preview, "one") is None
    remember(preview, "one")
    assert remembered(preview, "one") == configured_whereabouts(preview) == leads_to(WRONG)
    assert remembered(preview, "another") is None
    written = preview.state_cache / NAME
    assert SECRET not in written.read_text()
    written.write_text("[1]")
    assert remembered(preview, "one") is None
    monkeypatch.delenv("DATABASE_URL")
    remember(preview, "one")  # there is nothing to remember
    assert os.listdir(preview.state_cache) == [NAME]  # noqa: PTH208  names only
