"""Logs: one JSON object per line in the environment's log directory, without any secret."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

import structlog

LOG_NAME = "strideiq.log"
FILE_SIZE_BYTES_MAX = 10_000_000
FILES_KEPT = 5


def configure_logs(directory: Path, level: str = "info") -> None:
    """Send the application's and the web server's logs to a file that rotates."""
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
