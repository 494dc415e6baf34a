"""PostgreSQL's own parser, and the words of its trees, loaded the short way.

``import postgast`` also brings a formatter and typed wrappers that nobody here uses, and that takes
longer than a migration takes to be judged. So of the package only its library, its binding and its
description of the trees are loaded. Where the installed versions are not laid out as expected,
postgast is imported as it is.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import DecodeError, Message

if TYPE_CHECKING:
    from postgast.pg_query_pb2 import (
        AlterTableType,
        BoolExprType,
        CmdType,
        ConstrType,
        DropBehavior,
        MergeMatchKind,
        ObjectType,
        OnCommitAction,
        RoleSpecType,
        TransactionStmtKind,
    )

    ParseResult: Any
    DESCRIPTOR: Any

__all__ = [
    "AlterTableType",
    "BoolExprType",
    "CmdType",
    "ConstrType",
    "DropBehavior",
    "MergeMatchKind",
    "NotParsedError",
    "ObjectType",
    "OnCommitAction",
    "RoleSpecType",
    "TransactionStmtKind",
    "parse",
    "parse_plpgsql",
]

_PACKAGE = "postgast"
_SCHEMA = "pg_query.proto"
_MORE = 0x80
"""The bit of a length's byte that says that another byte follows."""


class NotParsedError(Exception):
    """PostgreSQL's grammar does not know such a text, or its tree cannot be read."""


def parse(text: str) -> Any:  # noqa: ANN401  a ParseResult
    """Parse one or more statements.

    Raises:
        NotParsedError: it is not PostgreSQL's, or nested too deeply.
    """
    result = _LIBRARY.pg_query_parse_protobuf(text.encode())
    try:
        if result.error:
            message = result.error.contents.message or b"unknown error"
            raise NotParsedError(f"it does not parse: {message.decode(errors='replace')}")
        tree = result.parse_tree
        return ParseResult.FromString(ctypes.string_at(tree.data, tree.len))
    except DecodeError as error:
        raise NotParsedError("it is nested too deeply to be read") from error
    finally:
        _LIBRARY.pg_query_free_protobuf_parse_result(result)


def parse_plpgsql(text: str) -> list[dict[str, Any]]:
    """Parse the PL/pgSQL of a DO statement into nested dictionaries, as libpg_query names them.

    Raises:
        NotParsedError: it is not PL/pgSQL.
    """
    result = _LIBRARY.pg_query_parse_plpgsql(text.encode())
    try:
        if result.error:
            raise NotParsedError("it does not parse as PL/pgSQL")
        functions: list[dict[str, Any]] = json.loads(result.plpgsql_funcs)
        return functions
    finally:
        _LIBRARY.pg_query_free_plpgsql_parse_result(result)


def _described() -> tuple[Any, Any]:
    """Read the description of the trees; answer with it and with the class of the outermost."""
    protobuf: Any = import_module("google._upb._message")  # not every build of protobuf has it

    text = _directory().joinpath("pg_query.desc").read_bytes()
    pool = protobuf.DescriptorPool()
    pool.AddSerializedFile(_only_file(text))
    description = pool.FindFileByName(_SCHEMA)
    outermost = description.message_types_by_name["ParseResult"]
    body = {"DESCRIPTOR": outermost, "__module__": __name__}
    return description, protobuf.MessageMeta(outermost.name, (Message,), body)


def _only_file(text: bytes) -> bytes:
    """Take the one file out of a serialized set: its tag, its length, and then the file."""
    size, position = 0, 1
    while text[position] & _MORE:
        size |= (text[position] & ~_MORE) << 7 * (position - 1)
        position += 1
    size |= text[position] << 7 * (position - 1)
    if position + 1 + size != len(text):
        raise ImportError(f"{_PACKAGE} describes its trees in several files")
    return text[position + 1 :]


def _binding() -> Any:  # noqa: ANN401  a library with its signatures
    """Load the library by postgast's own binding, which needs nothing else of the package."""
    specification = spec_from_file_location(f"{__name__}_native", _directory() / "native.py")
    if specification is None or specification.loader is None:
        raise ImportError(f"{_PACKAGE} has no binding")
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.lib


def _directory() -> Path:
    specification = find_spec(_PACKAGE)
    if specification is None or specification.origin is None:
        raise ImportError(f"{_PACKAGE} is not installed")
    return Path(specification.origin).parent


def _whole() -> tuple[Any, Any, Any]:
    """Import the package as it is."""
    from postgast import pg_query_pb2  # noqa: PLC0415  this is what the short way spares
    from postgast.native import lib  # noqa: PLC0415  the same

    return lib, pg_query_pb2.DESCRIPTOR, pg_query_pb2.ParseResult


def _short() -> tuple[Any, Any, Any]:
    return _binding(), *_described()


def load(*ways: Callable[[], tuple[Any, Any, Any]]) -> tuple[Any, Any, Any]:
    """Load library, description and outermost class, by the first way that works."""
    *shorter, last = ways
    for way in shorter:
        try:
            return way()
        except (ImportError, AttributeError, KeyError, IndexError, OSError, TypeError, SystemError):
            continue
    return last()


_LIBRARY, DESCRIPTOR, ParseResult = load(_short, _whole)


def __getattr__(name: str) -> Any:  # noqa: ANN401  an enumeration
    """Make an enumeration of the trees' words when it is first asked for."""
    try:
        made = EnumTypeWrapper(DESCRIPTOR.enum_types_by_name[name])
    except KeyError as error:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from error
    globals()[name] = made
    return made
