"""The worker that ``strideiq up`` keeps beside its web server, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading

from strideiq.connections.public import anything_connected
from strideiq.imports.public import anything_waits
from strideiq.platform.home import EnvironmentPaths
from strideiq.platform.runtime import Runtime

RESTART_S = 5.0
"""A worker that ended is started again after this time, while there is work for one."""

STOP_S = 20.0


class WorkerProcess:
    """A worker in a process of its own, started when there is work and ended with us.

    It ends when its standard input is closed, so that it outlives no web server, however that
    one ends.
    """

    def __init__(self, paths: EnvironmentPaths) -> None:
        self._paths = paths
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that there is work."""
        self._wanted.set()

    def stop(self) -> None:
        """End the worker after the file that it is reading."""
        self._stopping.set()
        self._wanted.set()
        self._thread.join()
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _run(self) -> None:
        self._wanted.wait()
        while not self._stopping.is_set():
            if self._process is None or self._process.poll() is not None:
                self._process = self._started()
            self._stopping.wait(RESTART_S)

    def _started(self) -> subprocess.Popen[bytes]:
        configuration = str(self._paths.configuration)
        command = "from strideiq.cli import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", command, "--config", configuration, "worker", "--until-closed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us, and we end it in order
        )


def has_work(runtime: Runtime) -> bool:
    """Whether a worker is needed from the start."""
    if runtime.settings.watched_folder is not None:
        return True
    with runtime.sessions() as session:
        return anything_waits(session) or anything_connected(session)
