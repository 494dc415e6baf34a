"""Metrics in the text format of Prometheus: printed, written to a file, or served."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from strongroom.errors import AlertError
from strongroom.files import write_whole

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric as Family

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Metric:
    """One gauge and its values, each with the labels that tell it apart."""

    name: str
    """With its unit last, as Prometheus has it: ``strongroom_backup_age_seconds``."""
    about: str
    values: tuple[tuple[Mapping[str, str], float], ...]

    def as_dict(self) -> dict[str, object]:
        """The metric as shown by ``--json``."""
        values = [{"labels": dict(labels), "value": value} for labels, value in self.values]
        return {"name": self.name, "about": self.about, "values": values}


def exposition(metrics: Iterable[Metric]) -> bytes:
    """Write metrics in the text format.

    Raises:
        AlertError: prometheus-client is not installed.
    """
    read = tuple(metrics)
    registry = _registry(lambda: read)
    from prometheus_client import generate_latest  # noqa: PLC0415  an extra

    return generate_latest(registry)


def write_exposition(metrics: Iterable[Metric], path: Path) -> None:
    """Replace a file of the node exporter's textfile collector in one step; others may read it.

    Raises:
        AlertError: it cannot be written; the former one is still there.
    """
    try:
        write_whole(path, exposition(metrics), mode=0o644)
    except OSError as error:
        raise AlertError(
            f"The metrics cannot be written to {path}: {error.strerror}.",
            next_step=f"make {path.parent} writable, then try again",
        ) from error


@contextmanager
def served(collect: Callable[[], Iterable[Metric]], port: int) -> Iterator[int]:
    """Serve metrics on this machine alone, as they are when they are asked for.

    Yields the port, which the system chooses where ``port`` is 0.

    Raises:
        AlertError: the port cannot be had, or prometheus-client is not installed.
    """
    registry = _registry(collect)
    from prometheus_client import start_http_server  # noqa: PLC0415  an extra

    try:
        server, thread = start_http_server(port, addr=LOOPBACK, registry=registry)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise AlertError(
            f"The metrics cannot be served on port {port}: {why}.",
            next_step="set schedule.metrics_port to a free port",
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Gauges:
    """What prometheus-client asks for families."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterator[Family]:
        """Turn each metric into a family."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415  an extra

        for metric in self._collect():
            labels = list(metric.values[0][0]) if metric.values else []
            family = GaugeMetricFamily(metric.name, metric.about, labels=labels)
            for told, value in metric.values:
                family.add_metric([told[label] for label in labels], value)
            yield family

    def describe(self) -> Iterator[Family]:
        """Nothing is known beforehand."""
        return iter(())


def _registry(collect: Callable[[], Iterable[Metric]]) -> CollectorRegistry:
    try:
        from prometheus_client import CollectorRegistry  # noqa: PLC0415  an extra
    except ImportError as error:
        raise AlertError(
            "Metrics need prometheus-client, which is not installed.",
            next_step="pip install 'strongroom[alerts]'",
        ) from error
    registry = CollectorRegistry()
    registry.register(_Gauges(collect))
    return registry
