"""The images of the replays, made on this machine: none is pulled from anywhere.

A root file system with PostgreSQL 15 and Python comes by debootstrap from the mirror that this
machine's own apt uses. It is kept in the user's cache, by the digest of its recipe, and compared
with its own digest before it is used. Run as a program, this only fills the cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine import Engine

SUITE = "bookworm"
PACKAGES = ("postgresql-15", "python3")
TRIMMED = (
    *("var/cache/apt", "var/lib/apt/lists", "var/lib/postgresql", "var/log"),
    *("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/i18n"),
)
"""What no replay reads: a third of the whole."""
RECIPE = 1
"""Counted up when this file makes something else of the same packages."""
HERE = Path(__file__).parent / "image"
BASE = "strongroom-base"
IMAGE = "postgres:15"
IMAGE_18 = "postgres:18"
"""The directories of PostgreSQL 18's official image; the server in it is still 15."""


class MirrorError(Exception):
    """This machine's apt names no mirror of Debian."""


def cache_directory() -> Path:
    """Where root file systems are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "strongroom" / "incident-image"


def mirror(sources: Path = Path("/etc/apt")) -> str:
    """The address of Debian's archive, as this machine's apt has it.

    Raises:
        MirrorError: no source has one.
    """
    for suites, components, address in _sources(sources):
        plain = not any("security" in suite for suite in suites)
        if plain and "main" in components and "debian" in address.rstrip("/").rsplit("/", 1)[-1]:
            return address
    raise MirrorError(f"no source below {sources} leads to an archive of Debian")


def _sources(directory: Path) -> Iterator[tuple[list[str], list[str], str]]:
    """Suites, components and address of every binary source, in either format."""
    for path in sorted(directory.glob("sources.list.d/*.sources")):
        for stanza in path.read_text().split("\n\n"):
            fields = _fields(stanza)
            if "deb" in fields.get("types", []) and fields.get("enabled") != ["no"]:
                for address in fields.get("uris", []):
                    yield fields.get("suites", []), fields.get("components", []), address
    lists = [directory / "sources.list", *sorted(directory.glob("sources.list.d/*.list"))]
    for path in (one for one in lists if one.exists()):
        for line in path.read_text().splitlines():
            words = line.split("]", 1)[-1].split() if "[" in line else line.split()[1:]
            if line.startswith("deb ") and len(words) > 1:
                yield [words[1]], words[2:], words[0]


def _fields(stanza: str) -> dict[str, list[str]]:
    """A stanza of deb822: a line that begins with a space goes on with the field before."""
    fields: dict[str, list[str]] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1] in {" ", "\t"}:
            fields.setdefault(name, []).extend(line.split())
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.split()
    return fields


def root_file_system() -> Path:
    """The archive of the root file system: a kept one that is whole, or a new one."""
    recipe = json.dumps([RECIPE, SUITE, PACKAGES, TRIMMED, platform.machine()])
    key = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    archive, digest = cache / f"{key}.tar", cache / f"{key}.sha256"
    with (cache / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers, or a run beside another
        if archive.exists() and digest.exists() and digest.read_text() == _sha256(archive):
            return archive
        with _building(cache) as directory:
            made = _bootstrapped(directory)
            digest.unlink(missing_ok=True)
            made.replace(archive)
            digest.write_text(_sha256(archive))
    return archive


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _building(cache: Path) -> Iterator[Path]:
    """A directory to build in; what a killed run has left is unmounted and removed first."""
    for stale in cache.glob("building-*"):
        _remove(stale)
    directory = Path(tempfile.mkdtemp(prefix="building-", dir=cache))
    try:
        yield directory
    finally:
        _remove(directory)


def _remove(directory: Path) -> None:
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in sorted((one for one in mounts if one.startswith(f"{directory}/")), reverse=True):
        subprocess.run(["umount", mount], check=True)
    shutil.rmtree(directory)


def _bootstrapped(directory: Path) -> Path:
    root = directory / "root"
    conf = root / "etc" / "postgresql-common"
    conf.mkdir(parents=True)
    root.chmod(0o755)
    (conf / "createcluster.conf").write_text("create_main_cluster = false\n")
    quick = root / "etc" / "dpkg" / "dpkg.cfg.d" / "quick"
    quick.parent.mkdir(parents=True)
    quick.write_text("force-unsafe-io\n")  # a failure of power only means to begin again
    chosen = ["--variant=minbase", f"--include={','.join(PACKAGES)}"]
    finished = subprocess.run(
        ["debootstrap", *chosen, SUITE, root, mirror()],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if finished.returncode:
        raise RuntimeError(f"debootstrap: {finished.stdout[-1500:]} {finished.stderr[-500:]}")
    quick.unlink()
    for name in TRIMMED:
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).mkdir(parents=True)
    archive = directory / "root.tar"
    subprocess.run(["tar", "-C", root, "--numeric-owner", "-cf", archive, "."], check=True)
    return archive


def make_images(engine: Engine) -> None:
    """Make the images on an engine: the base, the one like the official one, and that of 18."""
    engine.docker("import", str(root_file_system()), BASE)
    engine.docker("build", "--quiet", "--tag", IMAGE, "--build-arg", f"BASE={BASE}", str(HERE))
    engine.docker(
        *("build", "--quiet", "--tag", IMAGE_18, "--build-arg", f"BASE={IMAGE}"),
        *("--file", str(HERE / "Dockerfile-18"), str(HERE)),
    )


if __name__ == "__main__":
    sys.stdout.write(f"{root_file_system()}\n")
