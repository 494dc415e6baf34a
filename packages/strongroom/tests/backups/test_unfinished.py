"""Two backups at once: each sweeps, and each takes its own mark away when it is done."""

from collections.abc import Iterator
from pathlib import Path

from strongroom.backups.unfinished import sweep
from strongroom.errors import ObjectLockedError
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


def test_what_the_store_has_locked_is_tried_again_and_stops_no_backup(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    (marks / "one").touch()
    (marks / "two").touch()

    class Locked(LocalStore):
        def delete(self, key: str) -> None:
            if "/one/" in key:
                raise ObjectLockedError(f"{key} is locked.", next_step="wait")
            super().delete(key)

    store = LocalStore(tmp_path / "store")
    for name in ("one", "two"):
        store.put(f"backups/{name}/data", b"half")
    assert sweep(marks, Locked(tmp_path / "store")) == ["two"]
    assert [path.name for path in marks.iterdir()] == ["one"]
    assert sweep(marks, store) == ["one"]
    assert not list(store.list())
    assert not list(marks.iterdir())
