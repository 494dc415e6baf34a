"""Adapter to PostgreSQL servers: find the programs, supervise a server, make scratch servers."""

from strongroom.server.binaries import Binaries, find_binaries
from strongroom.server.directory import DirectoryFacts, inspect_directory
from strongroom.server.exchange import exchange_directories
from strongroom.server.scratch import scratch_copy, scratch_server
from strongroom.server.supervisor import RunningServer, ServerStatus, Supervisor

__all__ = [
    "Binaries",
    "DirectoryFacts",
    "RunningServer",
    "ServerStatus",
    "Supervisor",
    "exchange_directories",
    "find_binaries",
    "inspect_directory",
    "scratch_copy",
    "scratch_server",
]
