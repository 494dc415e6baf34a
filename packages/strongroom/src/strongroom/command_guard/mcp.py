"""The Model Context Protocol on standard input and output: tools for agents, one message a line.

After the specification at modelcontextprotocol.io, revisions 2024-11-05 to 2025-11-25: JSON-RPC
2.0, ``initialize``, ``ping``, ``tools/list``, ``tools/call``. A tool that fails answers with
``isError`` and the reason, so that the agent can go on; a message that is none gets an error of
JSON-RPC.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from strongroom.errors import StrongroomError

REVISIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
MESSAGE_SIZE_MAX_BYTES = 4 * 1024 * 1024
_PARSE, _REQUEST, _METHOD, _PARAMETERS = -32700, -32600, -32601, -32602


@dataclass(frozen=True)
class Tool:
    """A tool: what it is for, which arguments it takes (JSON Schema), and what does the work.

    ``changes`` says whether anything is different afterwards; no tool destroys anything.
    """

    name: str
    description: str
    arguments: Mapping[str, Mapping[str, object]]
    run: Callable[[Mapping[str, Any]], object]
    required: tuple[str, ...] = ()
    changes: bool = False

    def as_dict(self) -> dict[str, object]:
        """The tool as listed."""
        schema: dict[str, object] = {
            "type": "object",
            "properties": self.arguments,
            "additionalProperties": False,
        }
        if self.required:
            schema["required"] = list(self.required)
        hints = {"readOnlyHint": not self.changes, "destructiveHint": False}
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": schema,
            "annotations": hints,
        }


class _ProtocolError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def serve(given: BinaryIO, answers: BinaryIO, tools: Sequence[Tool], version: str) -> None:
    """Answer messages until the input ends; every request gets exactly one answer."""
    while line := given.readline(MESSAGE_SIZE_MAX_BYTES + 1):
        whole = line.endswith(b"\n") or len(line) <= MESSAGE_SIZE_MAX_BYTES
        while not whole:
            whole = given.readline(MESSAGE_SIZE_MAX_BYTES).endswith((b"\n", b""))
            line = b"too long"
        if not line.strip():
            continue
        answer = _answered(line, tools, version)
        if answer is not None:
            text = json.dumps(answer, default=str, ensure_ascii=False)
            answers.write(text.encode(errors="replace") + b"\n")
            answers.flush()


def _answered(line: bytes, tools: Sequence[Tool], version: str) -> dict[str, object] | None:
    identity: object = None
    try:
        message = _message(line)
        identity = message.get("id")
        result = _result(message, tools, version)
    except _ProtocolError as error:
        failure = {"code": error.code, "message": str(error)}
        return {"jsonrpc": "2.0", "id": identity, "error": failure}
    return None if "id" not in message else {"jsonrpc": "2.0", "id": identity, "result": result}


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise _ProtocolError(_PARSE, "The message is no JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        raise _ProtocolError(_REQUEST, "The message is no request.")
    return message


def _result(message: Mapping[str, Any], tools: Sequence[Tool], version: str) -> object:
    method, given = message["method"], message.get("params") or {}
    if not isinstance(given, dict):
        raise _ProtocolError(_PARAMETERS, "params is no object.")
    if method == "initialize":
        asked = given.get("protocolVersion")
        return {
            "protocolVersion": asked if asked in REVISIONS else REVISIONS[0],
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": {"name": "strongroom", "version": version},
        }
    if method == "tools/list":
        return {"tools": [tool.as_dict() for tool in tools]}
    if method == "tools/call":
        return _called(given, tools)
    if method == "ping" or method.startswith("notifications/"):
        return {}
    raise _ProtocolError(_METHOD, f"There is no method {method}.")


def _called(given: Mapping[str, Any], tools: Sequence[Tool]) -> dict[str, object]:
    tool = next((one for one in tools if one.name == given.get("name")), None)
    if tool is None:
        raise _ProtocolError(_PARAMETERS, f"There is no tool {given.get('name')!r}.")
    arguments = given.get("arguments") or {}
    _look_at(tool, arguments)
    try:
        return _content(tool.run(arguments), failed=False)
    except StrongroomError as error:
        return _content({"error": error.as_dict()}, failed=True)
    except Exception as error:  # noqa: BLE001  one call must not end the server
        return _content({"error": {"message": f"{type(error).__name__}: {error}"}}, failed=True)


def _look_at(tool: Tool, arguments: object) -> None:
    if not isinstance(arguments, dict):
        raise _ProtocolError(_PARAMETERS, "arguments is no object.")
    missing = [name for name in tool.required if name not in arguments]
    if missing:
        raise _ProtocolError(_PARAMETERS, f"{tool.name} needs {', '.join(missing)}.")
    kinds = {"string": str, "integer": int, "boolean": bool}
    for name, value in arguments.items():
        if name not in tool.arguments:
            raise _ProtocolError(_PARAMETERS, f"{tool.name} has no argument {name}.")
        kind = kinds[str(tool.arguments[name]["type"])]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _ProtocolError(_PARAMETERS, f"{name} is no {tool.arguments[name]['type']}.")


def _content(result: object, *, failed: bool) -> dict[str, object]:
    text = json.dumps(result, default=str, ensure_ascii=False, indent=1)
    content: dict[str, object] = {"content": [{"type": "text", "text": text}], "isError": failed}
    if isinstance(result, dict):
        content["structuredContent"] = json.loads(text)
    return content
