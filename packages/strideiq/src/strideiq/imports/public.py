"""What other features and entry points may call of imports."""

from strideiq.imports.archives.expansion import files_under
from strideiq.imports.archives.listed import Listed
from strideiq.imports.files import FileOnDisk, IncomingFile, ReceivedFile
from strideiq.imports.isolation import ParserPool
from strideiq.imports.original_panel import panel
from strideiq.imports.parsers.formats import detect as format_of
from strideiq.imports.parsers.formats import looks_whole
from strideiq.imports.queue.companions import Companion, Work, add_companion, companions
from strideiq.imports.queue.folder import WatchedFolder
from strideiq.imports.queue.handing import (
    Received,
    names_after,
    newest_number,
    receive,
    received,
)
from strideiq.imports.queue.items import anything_waits
from strideiq.imports.queue.worker import Worker
from strideiq.imports.receiving import wake_worker
from strideiq.imports.reprocessing import Reprocessed, Reprocessor
from strideiq.imports.service import Importer
from strideiq.imports.turns import wait_for_turn
from strideiq.imports.verdicts import ActivityInFile, FileVerdict, Verdict

__all__ = [
    "ActivityInFile",
    "Companion",
    "FileOnDisk",
    "FileVerdict",
    "Importer",
    "IncomingFile",
    "Listed",
    "ParserPool",
    "Received",
    "ReceivedFile",
    "Reprocessed",
    "Reprocessor",
    "Verdict",
    "WatchedFolder",
    "Work",
    "Worker",
    "add_companion",
    "anything_waits",
    "companions",
    "files_under",
    "format_of",
    "looks_whole",
    "names_after",
    "newest_number",
    "panel",
    "receive",
    "received",
    "wait_for_turn",
    "wake_worker",
]
