"""``strongroom migrate``, as people and programs call it; downgrades and stamps included."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.errors import MigrationRefusedError
from strongroom.migrations import migrate

if TYPE_CHECKING:
    from conftest import App


def _call(app: "App", *arguments: object) -> tuple[int, Any]:
    home = app.configuration.directory
    given = ["--config", home, "migrate", "--alembic", home, *arguments, "--json"]
    result = CliRunner().invoke(strongroom, [str(one) for one in given])
    return result.exit_code, json.loads(result.stdout)


def test_the_answer_names_findings_rehearsal_and_what_was_applied(app: "App") -> None:
    path = app.configuration.path
    path.write_text(f'{path.read_text()}\n[migrations]\nsuite = ["true"]\n')
    app.revision("0002", 'op.add_column("runner", sa.Column("club", sa.Text))')
    with (app.scripts / "env.py").open("a") as env:
        env.write('print("this is no answer")\n')
    code, planned = _call(app, "--plan-only")
    assert (code, planned["applied"]) == (0, [])
    assert "ADD COLUMN club" in planned["plan"]["revisions"][0]["sql"]
    code, done = _call(app)
    assert (code, done["applied"]) == (0, ["0002"])
    assert done["rehearsal"]["outcome"] == "ok"
    assert done["rehearsal"]["suite"]["exit_code"] == 0
    assert {one["table"] for one in done["rehearsal"]["locks"]} == {"public.runner"}
    path.write_text(path.read_text().replace('["true"]', '["false"]'))
    app.revision("0003", 'op.rename_table("lap", "split")', down="0002")
    code, refused = _call(app)
    assert code == 30
    assert "as it is now fails" in refused["error"]["message"]


def test_a_refusal_shows_what_would_be_lost_and_leaves_everything(app: "App") -> None:
    app.revision("0002", 'op.drop_column("runner", "email")')
    before = app.facts()
    code, refused = _call(app)
    assert code == 30
    assert refused["error"]["code"] == "migration_refused"
    assert refused["applied"] == []
    (loss,) = refused["rehearsal"]["losses"]
    assert (loss["effect"], loss["rows"]) == ("drop_column public.runner.email", 100)
    assert any(one["severity"] == "danger" for one in refused["findings"])
    assert app.facts() == before


def test_a_downgrade_and_a_stamp_pass_the_same_gate(app: "App") -> None:
    app.revision(
        "0002",
        'op.add_column("runner", sa.Column("club", sa.Text, server_default="none"))',
        downgrade='op.drop_column("runner", "club")',
        head='strongroom_effects = ["drop_column public.runner columns=club"]',
    )
    migrate(app.configuration, app.ini)
    before = app.facts()
    for direction in ("downgrade", "stamp"):
        with pytest.raises(MigrationRefusedError):
            migrate(app.configuration, app.ini, direction=direction, target="0001")  # type: ignore[arg-type]
        assert app.facts() == before
    done = migrate(
        app.configuration, app.ini, direction="downgrade", target="0001", confirm=lambda _: "token"
    )
    assert done.applied == ("0002",)
    assert app.rows("SELECT version_num FROM alembic_version") == [("0001",)]


def test_wrong_usage_and_a_missing_alembic_ini_are_told(app: "App", tmp_path: Path) -> None:
    code, told = _call(app, "--alembic", tmp_path)
    assert (code, told["error"]["code"]) == (1, "configuration")
