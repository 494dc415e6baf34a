"""A Docker engine of our own: own data, own socket, and nothing left of it at the end.

Nothing of an engine that is installed on the machine is touched: this one reads no configuration
of the system's, makes no bridge and no firewall rule, and forwards nothing. Containers share the
network of the machine, or have none.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from strongroom.testing.missing import missing

COMPOSE_CLIENT = Path(__file__).parent / "bin"
COMPOSE_SERVER = Path(__file__).parent / "compose_server.py"
PROGRAMS = ("dockerd", "docker", "docker-compose", "debootstrap", "setpriv")
START_MAX_S = 60
END_MAX_S = 60
_WITHOUT_KEY_FILE = 24
"""The first version that makes no key file in ``/etc/docker``."""


class EngineError(Exception):
    """The engine does not do what it is asked; carries what it said."""


class Engine:
    """A running engine, and the commands that people type against it."""

    def __init__(self, root: Path, log: Path) -> None:
        self.root, self.log = root, log
        self.socket = root / "s"
        self.volumes = root / "data" / "volumes"

    @property
    def environment(self) -> Mapping[str, str]:
        """What a shell has in which this engine is the only one."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DOCKER_", "COMPOSE_", "PG", "STRONGROOM_", "DATABASE_"))
        }
        return {
            **kept,
            "PATH": f"{COMPOSE_CLIENT}:{os.environ['PATH']}",
            "COMPOSE_SERVER": str(self.root / "c"),
            "DOCKER_HOST": f"unix://{self.socket}",
            "DOCKER_CONFIG": str(self.root / "client"),
            "DOCKER_BUILDKIT": "0",
        }

    def docker(self, *arguments: str, check: bool = True) -> str:
        """Run ``docker`` with arguments; return what it printed."""
        finished = subprocess.run(
            ["docker", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        if check and finished.returncode:
            raise EngineError(f"docker {' '.join(arguments)}: {finished.stderr}")
        return finished.stdout.strip()

    def volume_directory(self, name: str) -> Path:
        """Where the files of a volume are on this machine."""
        return Path(self.docker("volume", "inspect", "--format", "{{.Mountpoint}}", name))

    def clear(self) -> None:
        """Remove every container, volume and network, as between two replays."""
        containers = self.docker("ps", "-aq").split()
        if containers:
            self.docker("rm", "-f", "-v", *containers)
        volumes = self.docker("volume", "ls", "-q").split()
        if volumes:
            self.docker("volume", "rm", "-f", *volumes)
        self.docker("network", "prune", "-f")


@contextmanager
def running_engine() -> Iterator[Engine]:
    """Start an engine, and end it by its id; whatever is left of it then is an error.

    Skips loudly (fails in CI) where a program or the rights for it are missing.
    """
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        missing(f"For a Docker engine of our own: {', '.join(absent)}")
    if os.geteuid() != 0:
        missing("The right to start a Docker engine (root)")
    root = Path(tempfile.mkdtemp(prefix="dk", dir=_short(Path(tempfile.gettempdir()))))
    try:
        with _process(root) as engine, _compose(root):
            yield engine
            engine.clear()
        left = left_behind(root)
        if left:
            raise EngineError(f"left behind by the engine: {left}")
    finally:
        if not left_behind(root):  # never through a mount that is still there
            shutil.rmtree(root)


def _short(directory: Path) -> Path:
    """A directory in which the path of a socket is short enough for the kernel."""
    return directory if len(str(directory)) < 40 else Path("/tmp")  # noqa: S108  mkdtemp follows


@contextmanager
def _process(root: Path) -> Iterator[Engine]:
    (root / "client").mkdir()
    (root / "daemon.json").write_text(json.dumps(_configuration(root)))
    engine = Engine(root, root / "log")
    with engine.log.open("wb") as log:
        process = subprocess.Popen(
            _command(root),
            env={**os.environ, "TMPDIR": str(root)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(engine, process)
        yield engine
    finally:
        process.terminate()
        try:
            process.wait(timeout=END_MAX_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise EngineError(f"the engine did not end: {engine.log.read_text()[-2000:]}") from None
        finally:
            _unmount_namespaces(root)


@contextmanager
def _compose(root: Path) -> Iterator[None]:
    """Keep Compose loaded while the engine runs."""
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", "/usr/bin/python3", COMPOSE_SERVER, root / "c"],
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            missing("Debian's docker-compose")
        try:
            yield
        finally:
            process.terminate()


def _unmount_namespaces(root: Path) -> None:
    """Let go of the namespaces of networks, which every engine leaves mounted when it ends."""
    for mount in (root / "x" / "netns").glob("*"):
        subprocess.run(["umount", mount], capture_output=True, check=False)  # seen by the check


def _command(root: Path) -> list[str]:
    return [
        # It also ends when this process dies without a word.
        *("setpriv", "--pdeathsig", "TERM", "dockerd"),
        *("--config-file", str(root / "daemon.json")),
        *("--data-root", str(root / "data"), "--exec-root", str(root / "x")),
        *("--pidfile", str(root / "pid"), "--host", f"unix://{root / 's'}"),
        *("--bridge=none", "--iptables=false", "--ip-masq=false", "--ip-forward=false"),
        *("--log-level=warn", "--shutdown-timeout=10"),
    ]


def _configuration(root: Path) -> dict[str, str]:
    """What takes the place of the system's ``daemon.json``."""
    version = subprocess.run(["dockerd", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+)", version.stdout)
    old = found is not None and int(found[1]) < _WITHOUT_KEY_FILE
    return {"deprecated-key-path": str(root / "key.json")} if old else {}


def _wait_for(engine: Engine, process: subprocess.Popen[bytes]) -> None:
    begun = time.monotonic()
    while process.poll() is None and time.monotonic() - begun < START_MAX_S:
        try:
            if json.loads(engine.docker("info", "--format", "{{json .ServerVersion}}") or "null"):
                return
        except (EngineError, ValueError):
            pass
        time.sleep(0.1)
    said = engine.log.read_text()[-2000:]
    missing(f"A Docker engine that starts here (it said: {said})")


def left_behind(root: Path) -> list[str]:
    """Processes and mounts that still belong to an engine with this root."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    left = [f"mount {line.split()[4]}" for line in mounts if f" {root}/" in line]
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has just ended
            continue
        if f"{root}/" in command:
            left.append(f"process {entry.name}: {command[:120]}")
    return left
