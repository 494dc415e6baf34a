"""Find data that seems lost: clusters in volumes, directories, servers and backups.

Nothing that is found is started, moved or written to, here or by anything that this room offers.
"""

from strongroom.discovery.candidates import Candidate, DatabaseSeen, Holder
from strongroom.discovery.cluster import Cluster, is_cluster, read_cluster
from strongroom.discovery.control import ControlFile, parse_control
from strongroom.discovery.engine import Engine
from strongroom.discovery.engine_answers import Container, EngineInfo, Mount, Volume
from strongroom.discovery.engines import EngineAddress, chosen_engine, engine_addresses
from strongroom.discovery.finding import Found, Scope, find
from strongroom.discovery.findings import Finding
from strongroom.discovery.knowledge import Knowledge, knowledge_of
from strongroom.discovery.quiet import shown
from strongroom.discovery.roots import containers_on_disk, usual_roots, volumes_on_disk
from strongroom.discovery.searching import Searched, Unreadable, clusters_in

__all__ = [
    "Candidate",
    "Cluster",
    "Container",
    "ControlFile",
    "DatabaseSeen",
    "Engine",
    "EngineAddress",
    "EngineInfo",
    "Finding",
    "Found",
    "Holder",
    "Knowledge",
    "Mount",
    "Scope",
    "Searched",
    "Unreadable",
    "Volume",
    "chosen_engine",
    "clusters_in",
    "containers_on_disk",
    "engine_addresses",
    "find",
    "is_cluster",
    "knowledge_of",
    "parse_control",
    "read_cluster",
    "shown",
    "usual_roots",
    "volumes_on_disk",
]
