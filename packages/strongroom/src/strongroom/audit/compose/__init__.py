"""Compose files resolved as Compose resolves them, without Compose.

``resolve`` answers with a ``Project``: its name and where that comes from, its services with
their environments and mounts, and the volumes with their real names. Every value knows the line
that it comes from. The specification is https://github.com/compose-spec/compose-spec.
"""

from strongroom.audit.compose.interpolation import Unset
from strongroom.audit.compose.model import Mount, Project, Service, Setting, Volume
from strongroom.audit.compose.naming import BASE_NAMES, OVERRIDE_NAMES, files_in, normalised
from strongroom.audit.compose.resolving import Question, resolve
from strongroom.audit.compose.values import Place, Table, Text

__all__ = [
    "BASE_NAMES",
    "OVERRIDE_NAMES",
    "Mount",
    "Place",
    "Project",
    "Question",
    "Service",
    "Setting",
    "Table",
    "Text",
    "Unset",
    "Volume",
    "files_in",
    "normalised",
    "resolve",
]
