"""Logs: one JSON object per line in the environment's log directory, without any secret."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import structlog
    from structlog.typing import FilteringBoundLogger

LOG_NAME = "strideiq.log"
FILE_SIZE_BYTES_MAX = 10_000_000
FILES_KEPT = 5


class Log:
    """What writes to the log, made when there is something to say: a verb seldom has."""

    def __init__(self, *name: str) -> None:
        self._name = name

    def info(self, event: str, **said: object) -> None:
        """Note what happened as it should."""
        self._made().info(event, **said)

    def warning(self, event: str, **said: object) -> None:
        """Note what may need somebody."""
        self._made().warning(event, **said)

    def error(self, event: str, **said: object) -> None:
        """Note what went wrong."""
        self._made().error(event, **said)

    def _made(self) -> FilteringBoundLogger:
        import structlog  # noqa: PLC0415  a tenth of a second

        log: FilteringBoundLogger = structlog.get_logger(*self._name)
        return log


def configure_logs(directory: Path, level: str = "info") -> None:
    """Send the application's and the web server's logs to a file that rotates."""
    import structlog  # noqa: PLC0415  see Log

    directory.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        directory / LOG_NAME,
        maxBytes=FILE_SIZE_BYTES_MAX,
        backupCount=FILES_KEPT,
        encoding="utf-8",
    )
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
