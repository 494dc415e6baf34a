from __future__ import annotations

import io
import tarfile

from hypothesis import given
from hypothesis import strategies as st

from strongroom.backups.physical.tar import TarWatcher

NAMES = st.sampled_from(["a", "base/1/2", "global/pg_control", "backup_manifest.old"])
FILES = st.lists(st.tuples(NAMES, st.binary(max_size=2000)), max_size=5)


@given(FILES, st.binary(max_size=3000), FILES, st.integers(50, 1500))
def test_the_list_of_files_is_kept_however_the_archive_is_cut(
    before: list[tuple[str, bytes]], wanted: bytes, after: list[tuple[str, bytes]], size: int
) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in [*before, ("backup_manifest", wanted), *after]:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    watcher, data = TarWatcher("backup_manifest"), made.getvalue()
    for start in range(0, len(data), size):
        watcher.feed(data[start : start + size])
    assert watcher.content == wanted


def test_an_archive_without_the_list_has_none() -> None:
    watcher = TarWatcher("backup_manifest")
    watcher.feed(bytes(10240))
    assert watcher.content is None
