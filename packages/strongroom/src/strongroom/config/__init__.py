"""``strongroom.toml``: what strongroom is told about one application and its database.

One file describes one environment of one application. All relative paths are relative to the
file's own directory, so that a whole home can be moved. The pin (``strongroom.lock``) lies
beside the file. The configuration holds no secret: role passwords and the private key are
files of their own, with mode 0600.

An application with one database writes ``[database]``, and that database is called ``main``.
One with several writes ``[databases.NAME]`` for each. A ``Configuration`` is always about one.
"""

from strongroom.config.checking import unusable
from strongroom.config.document import default_document, parse_all
from strongroom.config.finding import find, find_all, load, load_all, parse
from strongroom.config.settings import (
    CONFIGURATION_NAME,
    LOCK_NAME,
    MAIN,
    Configuration,
    Keep,
    Policy,
    ServerSettings,
)

__all__ = [
    "CONFIGURATION_NAME",
    "LOCK_NAME",
    "MAIN",
    "Configuration",
    "Keep",
    "Policy",
    "ServerSettings",
    "default_document",
    "find",
    "find_all",
    "load",
    "load_all",
    "parse",
    "parse_all",
    "unusable",
]
