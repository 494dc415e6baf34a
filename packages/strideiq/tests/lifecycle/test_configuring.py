"""A home of an older version gets the lines that it lacks, and keeps all that stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

import strongroom
from strideiq.lifecycle.configuring import complete, lacking
from strideiq.lifecycle.initialise import TABLE_POLICY
from strideiq.platform.errors import HomeError

PLAIN = strongroom.default_document(application="strideiq", environment="trial", database="x")
OLDER = """
[permits]
rows_without_confirmation = 50  # ours

[tables.keep]
"public.sign_in" = "all"       # we want to know
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "strongroom.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o640)
    return path


def test_what_init_writes_lacks_nothing(tmp_path: Path) -> None:
    found = lacking(written(tmp_path, PLAIN + TABLE_POLICY))
    assert (found.names, found.after) == ((), found.before)


@pytest.mark.parametrize("older", ["", OLDER])
def test_lines_are_added_and_none_is_changed(tmp_path: Path, older: str) -> None:
    path = written(tmp_path, PLAIN + older)
    found = lacking(path)
    assert "permits.application_confirms" in found.names
    assert "tables.keep.public.workout_match" in found.names
    kept = complete(found)
    assert kept.read_text(encoding="utf-8") == PLAIN + older
    assert path.stat().st_mode & 0o777 == 0o640
    after = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in (PLAIN + older).splitlines() if line not in after] == []
    assert lacking(path).names == ()
    configuration = strongroom.load_configuration(path)
    assert configuration.keep["public.activity_load"] == "none"
    assert configuration.keep["public.sign_in"] == ("all" if older else "none")
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([kept.name, path.name])


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    found = lacking(path)
    path.write_text(PLAIN + "# mine\n", encoding="utf-8")
    with pytest.raises(HomeError, match="just been changed"):
        complete(found)
    assert path.read_text(encoding="utf-8") == PLAIN + "# mine\n"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_what_is_no_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="is no TOML"):
        lacking(written(tmp_path, "[permits"))
