"""Small files that are whole or absent; they are written by the room below all others."""

from strongroom.files import sync_directory, write_whole

__all__ = ["sync_directory", "write_whole"]
