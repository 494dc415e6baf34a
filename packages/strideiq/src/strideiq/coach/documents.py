"""A conversation as a document of its own: JSON for programs, Markdown for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from strideiq.coach.conversations import ConversationView
from strideiq.coach.reading import TurnView

STATES = {
    "stopped": "Stopped by the athlete.",
    "interrupted": "Interrupted.",
    "failed": "No engine could answer.",
    "answering": "Being answered.",
}


def document(conversation: ConversationView, turns: Sequence[TurnView]) -> dict[str, Any]:
    """A conversation with everything that its answers rested on."""
    return {
        "conversation_id": str(conversation.conversation_id),
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "turns": [turn_document(turn) for turn in turns],
    }


def turn_document(turn: TurnView) -> dict[str, Any]:
    """A question with its answer, as ``strideiq ask --json`` gives it too."""
    fallen = turn.of_kind("fallen")
    return {
        "conversation_id": str(turn.conversation_id),
        "turn_id": str(turn.turn_id),
        "question": turn.question,
        "asked_at": turn.asked_at.isoformat(),
        "state": turn.state,
        "engine": turn.engine,
        "answer": turn.of_kind("said"),
        "withheld": turn.of_kind("withheld"),
        "steps": turn.of_kind("looked"),
        "fallen": fallen,
    }


def markdown(conversation: ConversationView, turns: Sequence[TurnView], origin: str = "") -> str:
    """A conversation to read: questions as headings, below each answer what it rests on.

    Links lead to pages below ``origin``.
    """
    parts = [f"# {_line(conversation.title)}", f"{conversation.created_at:%Y-%m-%d %H:%M} UTC"]
    for turn in turns:
        parts.append(f"## {_line(turn.question)}")
        parts += [_line(said["sentence"]) for said in turn.of_kind("said")]
        if turn.state in STATES:
            parts.append(f"*{STATES[turn.state]}*")
        if left_out := len(turn.of_kind("withheld")):
            parts.append(f"*Left out, since nothing in the record says it: {left_out}.*")
        sources = _sources(turn, origin)
        if sources:
            parts.append("\n".join(sources))
    return "\n\n".join(parts) + "\n"


def _sources(turn: TurnView, origin: str) -> list[str]:
    found: dict[str, None] = {}
    for said in turn.of_kind("said"):
        for cited in said["citations"]:
            day = f", {cited['first_day']}" if cited["first_day"] else ""
            name = _line(cited["name"] or cited["kind"].replace("_", " "))
            link = f"[{name}]({origin}{cited['address']})" if cited["address"] else name
            found[f"- {_line(cited['said'])}: {link}{day}"] = None
    return list(found)


def _line(text: str) -> str:
    """Text within Markdown that stays text."""
    escaped = "".join(f"\\{one}" if one in "\\`*_[]<>#|" else one for one in text)
    return " ".join(escaped.split())
