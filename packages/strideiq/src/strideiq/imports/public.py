"""What other features and entry points may call of imports."""

from strideiq.imports.archives.expansion import files_under
from strideiq.imports.files import FileOnDisk, IncomingFile, ReceivedFile
from strideiq.imports.isolation import ParserPool
from strideiq.imports.originals import panel
from strideiq.imports.queue.folder import WatchedFolder
from strideiq.imports.queue.items import anything_waits
from strideiq.imports.queue.worker import Worker
from strideiq.imports.reprocessing import Reprocessed, Reprocessor
from strideiq.imports.service import Importer
from strideiq.imports.verdicts import ActivityInFile, FileVerdict, Verdict

__all__ = [
    "ActivityInFile",
    "FileOnDisk",
    "FileVerdict",
    "Importer",
    "IncomingFile",
    "ParserPool",
    "ReceivedFile",
    "Reprocessed",
    "Reprocessor",
    "Verdict",
    "WatchedFolder",
    "Worker",
    "anything_waits",
    "files_under",
    "panel",
]
