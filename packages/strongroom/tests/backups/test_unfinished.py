"""Two backups at once: each sweeps, and each takes its own mark away when it is done."""

from collections.abc import Iterator
from pathlib import Path

from strongroom.backups.unfinished import sweep
from strongroom.storage import LocalStore, ObjectInfo


def test_a_mark_that_goes_while_another_is_looked_at_is_passed_over(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    (marks / "one").touch()
    (marks / "two").touch()

    class Meanwhile(LocalStore):
        def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
            (marks / "two").unlink(missing_ok=True)  # the other backup has just been finished
            return super().list(prefix)

    assert sweep(marks, Meanwhile(tmp_path / "store")) == ["one"]
    assert not list(marks.iterdir())
